package arena

import (
	"fmt"
	"strings"
	"testing"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
)

// good is a row with each kind of judgement.
const good = `{"task_id": %d, "sites": ["shopping", "reddit"], "require_login": true, "storage_state": null, "start_url": "__SHOPPING__/cart", "geolocation": null,
	"intent": "Go to __REDDIT__/all", "intent_template": "Go to {{page}}", "instantiation_dict": {"page": "__REDDIT__/all", "n": [1]}, "intent_template_id": 4, "require_reset": false,
	"eval": {"eval_types": ["string_match", "url_match", "program_html"], "reference_answers": {"must_include": ["a", "b"], "fuzzy_match": "N/A"},
		"reference_url": "__REDDIT__/all |OR| __REDDIT__/", "url_note": "GOLD in PRED", "string_note": "", "reference_answer_raw_annotation": "a",
		"program_html": [{"url": "last", "locator": "", "required_contents": {"must_include": ["x |OR| y"]}},
			{"url": "__SHOPPING_ADMIN__/orders", "locator": "document.title", "required_contents": {"exact_match": ""}}]}}`

func TestRead(t *testing.T) {
	set, err := Read(fmt.Appendf(nil, "[%s, %s]", fmt.Sprintf(good, 7), strings.Replace(fmt.Sprintf(good, 8), `"task_id"`, `"dreamgym": {"seed": 101, "split": "unseen"}, "task_id"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	dealt := set.Deal()
	if len(dealt[gym.SplitTrain]) != 1 || len(dealt[gym.SplitUnseen]) != 1 {
		t.Fatalf("%+v", dealt)
	}
	one := dealt[gym.SplitTrain][0]
	if one.ID != "webarena-7" || one.Goal != "Go to http://sites.test/forum/all" || one.Scene != "webarena-1" || one.Params[ParamSites] != "shopping,reddit" || one.Params[task.ParamTemplate] != "4" {
		t.Errorf("%+v", one)
	}
	p := set.Play(one)
	if p.Start != "/shop/cart" || p.Guest || !p.Asks || len(p.Looks) != 2 || p.Looks[0].Path != "" || p.Looks[1].Path != "/admin/orders" {
		t.Errorf("%+v", p)
	}
	if one := dealt[gym.SplitUnseen][0]; one.Seed != 101 || one.Scene != "webarena-101" {
		t.Errorf("%+v", one)
	}
}

// TestRefused breaks a row, and wants the reason to be told with its place.
func TestRefused(t *testing.T) {
	for _, tt := range []struct{ part, instead, reason string }{
		{`"task_id": 1`, `"task_id": 0`, "an earlier row has this task_id"},
		{`"task_id": 1`, `"task_id": "1"`, "task_id cannot have this value"},
		{`"task_id": 1`, `"task_id": 1e30`, "task_id cannot have this value"},
		{`"url": "last"`, `"url": 7`, "eval.program_html.0.url cannot have this value"},
		{`"require_reset"`, `"colour"`, `there is no field "colour" among task_id, sites, `},
		{`"eval_types"`, `"eval_type"`, `there is no field "eval.eval_type" among eval_types, reference_answers, `},
		{`"sites": ["shopping", "reddit"]`, `"sites": ["shopping", "map"]`, "map is not served here"},
		{`"sites": ["shopping", "reddit"]`, `"sites": []`, "sites is empty"},
		{`"storage_state": null`, `"storage_state": "./.auth/shopping_state.json"`, "storage_state"},
		{`"geolocation": null`, `"geolocation": {"latitude": 40.4, "longitude": -79.9}`, "pages are not told one"},
		{`"__SHOPPING__/cart"`, `"__SHOPPING__/cart |AND| http://example.org/"`, "is no page of the sites"},
		{`"__SHOPPING__/cart"`, `"__SHOPPING__/cart |AND| __REDDIT__/_changes"`, "not for policies"},
		{`"__SHOPPING__/cart"`, `"__SHOPPING__/` + strings.Repeat(" |AND| __REDDIT__/", 8) + `"`, "8 tabs at most"},
		{`"__SHOPPING__/cart"`, `"__MAP__/"`, "__MAP__"},
		{`"__SHOPPING__/cart"`, `"__SHOPPING__/%zz"`, "is no address"},
		{`"__SHOPPING__/cart"`, `"__SHOPPING__s/cart"`, "no page of the sites"},
		{`"__SHOPPING__/cart"`, `"__SHOPPING__/_changes"`, "not for policies"},
		{`"intent": "Go to __REDDIT__/all"`, `"intent": ""`, "intent is empty"},
		{`"task_id"`, `"dreamgym": {"seed": -1}, "task_id"`, "dreamgym.seed"},
		{`"task_id"`, `"dreamgym": {"split": "test"}, "task_id"`, "dreamgym.split"},
		{`"task_id"`, `"dreamgym": {"split": "unseen"}, "task_id"`, "trained on"},
		{`["string_match", "url_match", "program_html"]`, `[]`, "eval_types is empty"},
		{`["string_match", "url_match", "program_html"]`, `["har"]`, `"har" is none of`},
		{`{"must_include": ["a", "b"], "fuzzy_match": "N/A"}`, `null`, "what is wanted"},
		{`{"must_include": ["a", "b"], "fuzzy_match": "N/A"}`, `{}`, "what is wanted"},
		{`"fuzzy_match": "N/A"`, `"fuzzy_match": ["like this"]`, "language model"},
		{`["a", "b"]`, `["a", " "]`, "empty text"},
		{`"__REDDIT__/all |OR| __REDDIT__/"`, `""`, "reference_url"},
		{`"__REDDIT__/all |OR| __REDDIT__/"`, `"__REDDIT__/all |OR| http://example.org/"`, "http://example.org/"},
		{`"__REDDIT__/all |OR| __REDDIT__/"`, `"__REDDIT__/?a=%zz"`, "is no address"},
		{`"GOLD in PRED"`, `"EXACT"`, "url_note"},
		{`"url": "last"`, `"url": "func:shopping_get_latest_order_url()"`, "helper in Python"},
		{`"url": "last"`, `"url": "__WIKIPEDIA__/"`, "__WIKIPEDIA__"},
		{`"document.title"`, `"func:get_query_text(__page__, 'a')"`, "program_html 2"},
		{`"document.title"`, `"lambda:page.title"`, "helper in Python"},
		{`"document.title"`, `"h1"`, "locator"},
		{`{"exact_match": ""}`, `{}`, "what is wanted"},
		{`{"exact_match": ""}`, `{"fuzzy_match": "N/A"}`, "language model"},
	} {
		row := fmt.Sprintf(good, 1)
		if strings.Count(row, tt.part) != 1 {
			t.Fatalf("%s is not once in the row", tt.part)
		}
		_, err := Read(fmt.Appendf(nil, "[%s, %s]", fmt.Sprintf(good, 0), strings.Replace(row, tt.part, tt.instead, 1)))
		place := "row 2, "
		if tt.reason == "trained on" {
			place = "task_id 1 "
		}
		if err == nil || !strings.Contains(err.Error(), tt.reason) || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: %v, want it to tell of %s", tt.instead, err, tt.reason)
		}
	}
}

// TestFaults wants all faults of a row to be told, and of many rows some.
func TestFaults(t *testing.T) {
	for file, want := range map[string]string{`{}`: "not a JSON list", `[`: "not a JSON list", `[]`: "no task in the file", `[{"task_id": 1, "task_id": 2}]`: "task_id"} {
		if _, err := Read([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
	_, err := Read([]byte("[" + strings.Repeat(`{}, `, 24) + "{}]"))
	if err == nil || !strings.Contains(err.Error(), "and 5 more") || !strings.Contains(err.Error(), "row 20, ") || strings.Contains(err.Error(), "row 21, ") {
		t.Errorf("%v", err)
	}
	for _, reason := range []string{"intent is empty", "sites is empty", "start_url", "eval_types is empty"} {
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v: %s is missing", err, reason)
		}
	}
}

// TestUnreadable wants of a row that cannot be read to be told that, and no more.
func TestUnreadable(t *testing.T) {
	_, err := Read([]byte(`[7, {"colour": "red"}, {"task_id": 3, "intent": null, "eval": []}]`))
	for i, want := range []string{"row 1, task_id 0: a row cannot have this value", `row 2, task_id 0: there is no field "colour" among task_id, sites, require_login, storage_state, start_url, geolocation, intent, intent_template, instantiation_dict, intent_template_id, require_reset, eval, dreamgym`, "row 3, task_id 3: eval cannot have this value"} {
		if lines := strings.Split(fmt.Sprint(err), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[i], want) || strings.Contains(lines[i], "; ") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// FuzzRead wants what is taken to be playable and to be judged.
func FuzzRead(f *testing.F) {
	f.Add(fmt.Appendf(nil, "["+good+"]", 1))
	f.Add([]byte(`[{"task_id": 1, "sites": ["gitlab"], "start_url": "__GITLAB__", "intent": "a", "eval": {"eval_types": ["url_match"], "reference_url": "__GITLAB__/?a=1 |OR| __GITLAB__"}}]`))
	f.Fuzz(func(t *testing.T, file []byte) {
		set, err := Read(file)
		if err != nil {
			return
		}
		for _, list := range set.Deal() {
			for _, one := range list {
				p := set.Play(one)
				if p == nil || !strings.HasPrefix(p.Start, "/") {
					t.Fatalf("%+v cannot be played: %+v", one, p)
				}
				if v := p.Judge(task.Outcome{Seen: make([]string, len(p.Looks))}); v.Reward != 0 || v.Reason == "" {
					t.Errorf("%+v: an episode that was cut off earns %v", one, v)
				}
			}
		}
	})
}
