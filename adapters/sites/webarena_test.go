package sites

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dreamgym/adapters/sites/internal/arena"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
)

// given registers a file of tasks.
func given(t *testing.T, list any) (*Suite, gym.Registration) {
	t.Helper()
	data, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tasks.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s, r := testSuiteOf(t, path)
	return s, registered(t, r, "sites/webarena-v0")
}

// TestArena plays tasks rightly and wrongly, and wants the judgement of the file that is
// written of them, by WebArena's rules, to be that of the environment.
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
		of, reg := given(t, list)
		env, judged := onPaper(t, s, v.id), onPaper(t, of, "sites/webarena-v0")
		known := make(map[int]bool)
		for i, one := range list {
			if one.ID != i || strings.ContainsAny(strings.NewReplacer("{{", "", "}}", "").Replace(one.IntentTemplate), "{}") {
				t.Errorf("%s: %q", one.Own.Task, one.IntentTemplate)
			}
			if !known[one.TemplateID] {
				known[one.TemplateID] = true
				checkArena(t, env, found(t, registered(t, r, v.id), one.Own.Task), judged, every(t, reg), one)
			}
		}
	}
	for id, want := range map[string]gym.Code{"sites/none-v0": gym.CodeUnknownEnvironment, "sites/shop-v0": gym.CodeUnknownTask} {
		if _, err := s.Arena(t.Context(), id, 99); gym.CodeOf(err) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func found(t *testing.T, reg gym.Registration, id string) gym.Task {
	t.Helper()
	one, err := reg.Tasks.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// checkArena plays one task in all the ways that are known of it, as what it is and as the
// file has it.
func checkArena(t *testing.T, env *Env, one gym.Task, judged *Env, file []gym.Task, row arena.Task) {
	t.Helper()
	i := slices.IndexFunc(file, func(g gym.Task) bool { return g.Goal == one.Goal })
	if i < 0 || file[i].Split != one.Split || file[i].Seed != one.Seed {
		t.Fatalf("%s is not in the file: %+v", one.ID, row)
	}
	ways := func() [][]task.Move { // moves are played once
		play := env.variant.tasks.Play(one)
		all := [][]task.Move{play.Solution}
		for _, miss := range play.Misses() {
			all = append(all, miss.Moves)
		}
		return all
	}
	again := ways()
	for n, moves := range ways() {
		ts, by := perform(t, env, one, moves), perform(t, judged, file[i], again[n])
		if good := by.Reward == 1; good != (ts.Reward == 1) || good != (n == 0) || !by.Terminated {
			t.Errorf("%s, way %d: WebArena says %v, the environment %v, %v\n%+v", one.ID, n, by.Info, ts.Reward, ts.Info, row.Eval)
		}
	}
}

// row is a task of a file that asks for what is in some pages.
func row(id int, login bool, start string, contents ...arena.Content) arena.Task {
	return arena.Task{
		ID: id, Sites: []string{"shopping"}, RequireLogin: login, StartURL: start, Intent: "Look at __SHOPPING__/cart", Own: arena.Own{Split: gym.SplitUnseen},
		Eval: arena.Eval{Types: []string{"program_html"}, HTML: contents},
	}
}

func has(address, locator string, texts ...string) arena.Content {
	return arena.Content{URL: address, Locator: locator, Required: arena.Wanted{Include: texts}}
}

// TestArenaInChrome looks at pages as program_html does, and wants the policy's own to be left
// as it is.
func TestArenaInChrome(t *testing.T) {
	list := []arena.Task{
		row(0, true, "__SHOPPING__/cart",
			has("last", "", "<nav", "My orders |OR| nothing"), has("last", "document.title", "Cart"), has("__SHOPPING__/orders", "document.querySelector('h1').outerText", "My orders"),
			has("__REDDIT__/", "[...document.querySelectorAll('a')].map(a => a.innerText).join()", "forums"), has("last", "document.querySelector('main') !== null", "True"), has("last", "document.none", "None")),
		row(1, false, "__SHOPPING__/", has("__SHOPPING__/orders", "", "My orders")),
		row(2, true, "__SHOPPING__/", has("last", "document.querySelector('nothing').innerText", "a"), has("last", "document.(", "b")),
	}
	s, reg := given(t, list)
	env := opened(t, reg)
	for i, want := range []float64{1, 0, 0} {
		start, err := env.Reset(t.Context(), gym.ResetOptions{Task: every(t, reg)[i]})
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(start.Observation.Text, "\n")
		if at := strings.Replace(list[i].StartURL, "__SHOPPING__", task.Public+"/shop", 1); first != `address "`+at+`"` || start.Observation.Goal != "Look at "+task.Public+"/shop/cart" {
			t.Errorf("it begins with %s and asks %q", first, start.Observation.Goal)
		}
		end, err := env.Step(t.Context(), "send_msg_to_user('done')")
		if err != nil || end.Reward != want || end.Observation.Text != start.Observation.Text || conditions(end)[task.Contained] != (want == 1) {
			t.Errorf("task %d earns %v, %v, %v on\n%s", i, end.Reward, end.Info, err, end.Observation.Text)
		}
	}
	if n := s.sites.Len(); n != 1 {
		t.Errorf("%d sessions are open", n)
	}
}

// TestArenaTabs begins with two tabs, opens a third, and is judged by the one that is active.
func TestArenaTabs(t *testing.T) {
	_, reg := given(t, []arena.Task{row(0, true, "__SHOPPING__/cart |AND| __REDDIT__", has("last", "document.title", "My orders"))})
	env := opened(t, reg)
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: every(t, reg)[0]})
	for _, at := range []struct{ action, want string }{
		{"", "address \"" + task.Public + "/shop/cart\"\ntab 0 \"Shopping cart - Marlo & Pine\" active\ntab 1 \""},
		{"tab_focus(1)", "address \"" + task.Public + "/forum\"\ntab 0 \"Shopping cart - Marlo & Pine\"\ntab 1 \""},
		{"new_tab()", "address \"about:blank\""},
		{"goto('/shop/orders')", "tab 2 \"My orders - Marlo & Pine\" active\n"},
		{"send_msg_to_user('done')", "address \"" + task.Public + "/shop/orders\"\n"},
	} {
		if at.action != "" {
			ts, err = env.Step(t.Context(), gym.Action(at.action))
		}
		if err != nil || !strings.Contains(ts.Observation.Text, at.want) || ts.Info[gym.InfoActionError] != nil {
			t.Fatalf("%s: %v, %v\n%s", at.action, err, ts.Info, ts.Observation.Text)
		}
	}
	if ts.Reward != 1 {
		t.Errorf("it earns %v: %v", ts.Reward, ts.Info)
	}
}

// TestArenaSolved plays two tasks of a written file in Chrome: one that asks, and one that
// changes something.
func TestArenaSolved(t *testing.T) {
	s, r := testSuite(t)
	own := registered(t, r, "sites/shop-v0")
	list, err := s.Arena(t.Context(), "sites/shop-v0", 2)
	if err != nil {
		t.Fatal(err)
	}
	_, reg := given(t, list)
	env := opened(t, reg)
	kinds := make(map[string]bool)
	for _, one := range list {
		origin := found(t, own, one.Own.Task)
		if kind := origin.Params[task.ParamKind]; kinds[kind] || kind == string(task.Visit) {
			continue
		}
		kinds[origin.Params[task.ParamKind]] = true
		play := s.variants[0].tasks.Play(origin)
		ways := [][]task.Move{play.Solution}
		for _, miss := range play.Misses() {
			ways = append(ways, miss.Moves)
		}
		for n, moves := range ways {
			if ts := perform(t, env, found(t, reg, one.GymID()), moves); (ts.Reward == 1) != (n == 0) || !ts.Terminated {
				t.Errorf("%s, way %d earns %v, %v", origin.ID, n, ts.Reward, ts.Info)
			}
		}
	}
	if len(kinds) != 2 {
		t.Errorf("played: %v", kinds)
	}
}

// TestArenaEnds wants giving up to be the answer "N/A", being cut off to earn nothing, and what
// is no task of the file to be refused.
func TestArenaEnds(t *testing.T) {
	none, list := "N/A", []arena.Task{row(3, true, "__SHOPPING__/"), row(4, true, "__SHOPPING__/", has("__SHOPPING__/_changes", "", "nothing"))}
	list[0].Eval = arena.Eval{Types: []string{"string_match"}, Answers: &arena.Wanted{Exact: &none}}
	s, reg := given(t, list)
	env := onPaper(t, s, "sites/webarena-v0")
	for _, id := range []string{"webarena-3", "webarena-4"} {
		giveUp := func(task.Screen, int) (gym.Action, bool) { return task.Infeasible + "('it is not there')", true }
		if ts := perform(t, env, found(t, reg, id), []task.Move{giveUp}); ts.Reward != 1 {
			t.Errorf("%s: giving up earns %v, %v", id, ts.Reward, ts.Info)
		}
		stay := func(task.Screen, int) (gym.Action, bool) { return "noop()", false }
		if ts := cutOff(t, env, found(t, reg, id), []task.Move{stay}); ts.Reward != 0 || !ts.Truncated || ts.Info[task.InfoReason] == nil {
			t.Errorf("%s: cut off it earns %v, %v", id, ts.Reward, ts.Info)
		}
	}
	if _, err := reg.Tasks.Find(t.Context(), "webarena-5"); gym.CodeOf(err) != gym.CodeUnknownTask {
		t.Errorf("no such task: %v", err)
	}
	for name, change := range map[string]func(*gym.Task){
		"another id": func(g *gym.Task) { g.ID = "webarena-5" }, "another goal": func(g *gym.Task) { g.Goal += "!" }, "another seed": func(g *gym.Task) { g.Seed++ },
	} {
		one := found(t, reg, "webarena-4")
		change(&one)
		if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: one}); gym.CodeOf(err) != gym.CodeUnknownTask {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestArenaConformance holds the environment of a file to the contract.
func TestArenaConformance(t *testing.T) {
	list := []arena.Task{row(0, true, "__SHOPPING__/", has("__SHOPPING__/_changes", "", "nothing")), row(1, false, "__REDDIT__/", has("last", "", "forum"))}
	list[0].Own.Split, list[1].Own.Seed = "", 2
	s, reg := given(t, list)
	conform(t, s, reg, true)
}

// TestBrokenFile wants a file that cannot be read to be told, and the suite to be closed all
// the same.
func TestBrokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.json")
	r := gym.NewRegistry()
	s, err := Register(r, Config{Tasks: path})
	if gym.CodeOf(err) != gym.CodeInvalidConfig || !strings.Contains(err.Error(), path) {
		t.Errorf("no file: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestArenaEndless wants a locator that never ends to end the episode at the step's deadline,
// and nothing of it to be left in the next.
func TestArenaEndless(t *testing.T) {
	_, reg := given(t, []arena.Task{row(0, true, "__SHOPPING__/", has("last", "document.title, (() => { for (;;); })()", "a")), row(1, true, "__SHOPPING__/", has("last", "document.title", "Marlo"))})
	env := opened(t, reg)
	for i, tt := range []struct {
		deadline time.Duration
		want     gym.Code
	}{{3 * time.Second, gym.CodeDeadlineExceeded}, {time.Minute, ""}} {
		if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: every(t, reg)[i]}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
		ts, err := env.Step(ctx, "send_msg_to_user('done')")
		cancel()
		if gym.CodeOf(err) != tt.want || (ts.Reward == 1) != (err == nil) {
			t.Errorf("task %d: %+v, %v", i, ts, err)
		}
	}
}
