package sites

import (
	"html"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"dreamgym/adapters/chrome/action"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
)

// arenaScore judges as WebArena does: of the answer, of the page that is open, and of pages
// that are looked at afterwards, every part has to hold.
func arenaScore(t *testing.T, e *Env, p *paper, one ArenaTask, said string) bool {
	t.Helper()
	clean := func(s string) string { return strings.ToLower(strings.TrimSpace(html.UnescapeString(s))) }
	good := true
	for _, kind := range one.Eval.Types {
		switch kind {
		case "string_match":
			good = good && clean(said) == clean(one.Eval.Answers.Exact)
		case "url_match":
			good = good && urlMatches(t, p.at.String(), placed(e, one.Eval.URL))
		case "program_html":
			for _, c := range one.Eval.HTML {
				res, err := p.client.Get(placed(e, c.URL))
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				good = good && err == nil && clean(string(body)) == clean(c.Required.Exact)
			}
		default:
			t.Errorf("%s: WebArena has no %s", one.DreamgymTask, kind)
		}
	}
	return good
}

// placed puts a site's address where a file has its name.
func placed(e *Env, address string) string {
	for name, site := range arenaSites() {
		if rest, ok := strings.CutPrefix(address, site.address+"/"); ok {
			return e.base + "/" + name + "/" + rest
		}
	}
	return address
}

// urlMatches is WebArena's "GOLD in PRED": the path is part of the other, and each of the
// reference's query values is there.
func urlMatches(t *testing.T, now, reference string) bool {
	t.Helper()
	pred, err := url.Parse(now)
	if err != nil {
		t.Fatal(err)
	}
	gold, err := url.Parse(reference)
	if err != nil {
		t.Fatal(err)
	}
	trim := func(u *url.URL) string { return strings.TrimRight(u.Host+u.Path, "/") }
	for key, values := range gold.Query() {
		if !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(pred.Query()[key], v) }) {
			return false
		}
	}
	return strings.Contains(trim(pred), trim(gold))
}

// TestArena plays tasks rightly and wrongly, and wants WebArena's judgement of the file to
// be that of the environment.
func TestArena(t *testing.T) {
	s, r := testSuite(t)
	for _, v := range s.variants {
		list, err := s.Arena(t.Context(), v.id, 2)
		if v.id == "sites/webshop-v0" {
			if gym.CodeOf(err) != gym.CodeInvalidConfig {
				t.Errorf("rewards in part: %v", err)
			}
			continue
		}
		if err != nil || len(list) < 20 {
			t.Fatalf("%s: %d tasks, %v", v.id, len(list), err)
		}
		env := onPaper(t, s, v.id)
		reg := registered(t, r, v.id)
		known := make(map[int]bool)
		for i, one := range list {
			if one.ID != i || strings.ContainsAny(strings.NewReplacer("{{", "", "}}", "").Replace(one.IntentTemplate), "{}") {
				t.Errorf("%s: %q", one.DreamgymTask, one.IntentTemplate)
			}
			if !known[one.TemplateID] {
				known[one.TemplateID] = true
				checkArena(t, env, reg, one)
			}
		}
	}
	for id, want := range map[string]gym.Code{"sites/none-v0": gym.CodeUnknownEnvironment, "sites/shop-v0": gym.CodeUnknownTask} {
		if _, err := s.Arena(t.Context(), id, 99); gym.CodeOf(err) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// checkArena plays one task in all the ways that are known of it.
func checkArena(t *testing.T, env *Env, reg gym.Registration, one ArenaTask) {
	t.Helper()
	found, err := reg.Tasks.Find(t.Context(), one.DreamgymTask)
	if err != nil {
		t.Fatal(err)
	}
	play := env.variant.tasks.Play(found)
	ways := [][]task.Move{play.Solution}
	for _, miss := range play.Misses() {
		ways = append(ways, miss.Moves)
	}
	for i, moves := range ways {
		said := ""
		last := moves[len(moves)-1]
		moves[len(moves)-1] = func(s task.Screen, n int) (gym.Action, bool) {
			a, done := last(s, n)
			if c, err := action.Parse(string(a)); err == nil && c.Name == task.SendMessage {
				said = c.Text("text")
			}
			return a, done
		}
		ts := perform(t, env, found, moves)
		if good := arenaScore(t, env, env.tab.(*paper), one, said); good != (ts.Reward == 1) || good != (i == 0) {
			t.Errorf("%s, way %d: WebArena says %t, the environment %v, %v\n%+v", found.ID, i, good, ts.Reward, ts.Info, one.Eval)
		}
	}
}
