package sites

import (
	"slices"
	"strings"
	"testing"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
)

// TestTasks counts what there is, and wants unseen tasks to be new in template, entities
// and world.
func TestTasks(t *testing.T) {
	s, r := testSuite(t)
	for _, v := range s.variants {
		all := every(t, registered(t, r, v.id))
		trained := make(map[string]bool)
		for _, one := range all {
			for _, value := range own(v, one) {
				trained[value] = trained[value] || one.Split == gym.SplitTrain
			}
		}
		for _, one := range all {
			checkUnseen(t, v, one, trained)
			if strings.ContainsAny(one.Goal, "{}") {
				t.Errorf("%s: a blank is left in %q", one.ID, one.Goal)
			}
		}
		checkDifferent(t, all)
		if set, ok := v.tasks.(interface{ Counts() task.Counts }); ok {
			checkCounts(t, v, set.Counts(), all)
		}
	}
}

// own are the values of a task's parameters that not every world has: without what sorts
// tasks, free words, days and figures, and what only a near miss names.
func own(v variant, one gym.Task) []string {
	everywhere := []string{task.ParamKind, task.ParamLevel, "title", "text", "from", "to", "pieces", "most", "features", "options", "forum", "instead"}
	if v.id == "sites/webshop-v0" { // has one template
		everywhere = append(everywhere, task.ParamTemplate)
	}
	var values []string
	for name, value := range one.Params {
		if value != "" && !slices.Contains(everywhere, name) {
			values = append(values, value)
		}
	}
	return values
}

// checkUnseen wants an unseen task to share nothing with train that a world has, nor its template.
func checkUnseen(t *testing.T, v variant, one gym.Task, trained map[string]bool) {
	t.Helper()
	for _, value := range own(v, one) {
		if one.Split == gym.SplitUnseen && trained[value] {
			t.Errorf("%s is unseen, and its %q is in train", one.ID, value)
		}
	}
}

// checkCounts wants templates of every kind, some of them unseen, and of each tasks.
func checkCounts(t *testing.T, v variant, c task.Counts, all []gym.Task) {
	t.Helper()
	dealt, splits := make(map[string]int), make(map[gym.Split]int)
	for _, one := range all {
		splits[one.Split]++
		dealt[one.Params[task.ParamTemplate]]++
		if !slices.Contains([]string{"1", "2", "3"}, one.Params[task.ParamLevel]) || c.Kinds[task.Kind(one.Params[task.ParamKind])] == 0 {
			t.Errorf("%s has the level %q and the kind %q", one.ID, one.Params[task.ParamLevel], one.Params[task.ParamKind])
		}
	}
	t.Logf("%s: %d templates, %d of them unseen, %v, tasks %v", v.id, c.Templates, c.Unseen, c.Kinds, splits)
	if c.Templates < 6 || c.Unseen < 1 || len(dealt) != c.Templates {
		t.Errorf("%s: %d templates, %d of them unseen; tasks of %d", v.id, c.Templates, c.Unseen, len(dealt))
	}
	for name, n := range dealt {
		if n < 5 {
			t.Errorf("%s: %s has %d tasks", v.id, name, n)
		}
	}
}

// checkDifferent wants no two tasks of one world to ask the same, and none of one split what
// one of another asks.
func checkDifferent(t *testing.T, all []gym.Task) {
	t.Helper()
	known, splits := make(map[string]string), make(map[string]gym.Split)
	for _, one := range all {
		if before, ok := splits[one.Goal]; ok && before != one.Split {
			t.Errorf("%s asks in %s what is asked in %s", one.ID, one.Split, before)
		}
		splits[one.Goal] = one.Split
		key := one.Scene + one.Goal
		if known[key] != "" {
			t.Errorf("%s asks what %s asks", one.ID, known[key])
		}
		known[key] = one.ID
	}
}

// TestForeignTasks wants what is no task of ours to be refused.
func TestForeignTasks(t *testing.T) {
	_, r := testSuite(t)
	for _, reg := range r.All() {
		env, err := reg.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		good := every(t, reg)[0]
		for name, one := range map[string]gym.Task{
			"empty":            {},
			"another template": {Seed: 1, Params: map[string]string{task.ParamTemplate: "none"}},
			"no such product":  {Seed: 1, Params: map[string]string{task.ParamTemplate: good.Params[task.ParamTemplate], "product": "none"}},
			"a negative seed":  {Seed: -1, Params: good.Params},
			"a vast seed":      {Seed: 1 << 40, Params: good.Params},
		} {
			if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: one}); gym.CodeOf(err) != gym.CodeUnknownTask {
				t.Errorf("%s, %s: %v", reg.Spec.ID, name, err)
			}
		}
		env.Close()
	}
}

func TestCanonical(t *testing.T) {
	s, _ := testSuite(t)
	for _, group := range [][]string{
		{"/shop/category/audio?max=50&stars=3", "/shop/category/audio?stars=3&max=50&sort=name&min=&page=1", "/shop/search?category=audio&max=50&stars=3#x"},
		{"/shop/category/audio?max=50", "/shop/search?category=audio&max=50&sort=relevance"},
		{"/shop/category/audio?page=2", "/shop/category/audio?sort=name&page=2"},
		{"/shop/product/A1", "/shop/product/A1?reviews=newest#reviews", "/shop/product/A1?page=1"},
		{"/shop/product/A1?reviews=lowest"},
		{"/shop/category/audio?brand=B&brand=A", "/shop/category/audio?brand=A&brand=B"},
		{"/shop/search?q=lamp"}, {"/shop/search?q=lamp&sort=name"}, {"/shop/orders"}, {"%zz"},
	} {
		for _, address := range group {
			if s.canonical(address) != s.canonical(group[0]) {
				t.Errorf("%s is %s, %s is %s", address, s.canonical(address), group[0], s.canonical(group[0]))
			}
			same := slices.IndexFunc([]string{"/shop/cart", "/shop/category/audio"}, func(other string) bool { return s.canonical(other) == s.canonical(address) })
			if same >= 0 {
				t.Errorf("%s is another page", address)
			}
		}
	}
}

func TestServed(t *testing.T) {
	const base = "http://127.0.0.1:5"
	for address, want := range map[string]string{
		task.Public + "/shop/cart": base + "/shop/cart", "/shop/cart": base + "/shop/cart", task.Public: base,
		"http://127.0.0.1:8000/": "", "http://sites.test.evil/": "", "//evil.test/": "", "https://evil.test": "", "/_open/x?to=/": "", task.Public + "/_open/x": "", "": "", "file:///etc/passwd": "",
		"/shop/_changes": "", task.Public + "/shop/%5Fchanges": "", task.Public + "/%5Fopen/x": "", "/code/x/_y.py": base + "/code/x/_y.py",
	} {
		if got := served(base, address); got != want {
			t.Errorf("%q is served at %q, want %q", address, got, want)
		}
	}
}
