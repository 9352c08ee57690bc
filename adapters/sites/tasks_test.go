package sites

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
)

// TestTasks counts what there is, and wants unseen tasks to be new in template, entities
// and world.
func TestTasks(t *testing.T) {
	_, r := testSuite(t)
	all := every(t, registered(t, r, "sites/shop-v0"))
	counts, kinds := make(map[gym.Split]int), make(map[kind]int)
	names := map[bool]map[string]bool{false: {}, true: {}}
	for _, one := range templates() {
		names[one.unseen][one.name] = true
		kinds[one.kind]++
	}
	trained := make(map[string]bool)
	for _, task := range all {
		counts[task.Split]++
		if !names[task.Split == gym.SplitUnseen][task.Params[paramTemplate]] {
			t.Errorf("%s of %s has a template of another split", task.ID, task.Split)
		}
		if !slices.Contains([]string{"1", "2", "3"}, task.Params[paramLevel]) || kinds[kind(task.Params[paramKind])] == 0 {
			t.Errorf("%s has the level %q and the kind %q", task.ID, task.Params[paramLevel], task.Params[paramKind])
		}
		if strings.ContainsAny(task.Goal, "{}") {
			t.Errorf("%s: a blank is left in %q", task.ID, task.Goal)
		}
		for _, e := range entities() {
			if v := task.Params[e]; v != "" && task.Split != gym.SplitUnseen {
				trained[v] = true
			}
		}
	}
	for _, task := range all {
		for _, e := range entities() {
			if task.Split == gym.SplitUnseen && trained[task.Params[e]] {
				t.Errorf("%s is unseen, and its %s %q is in train", task.ID, e, task.Params[e])
			}
		}
	}
	t.Logf("%d templates %v, tasks %v", len(templates()), kinds, counts)
	if len(templates()) < 15 || len(kinds) != 3 || counts[gym.SplitTrain] < 600 || counts[gym.SplitSeen] < 100 || counts[gym.SplitUnseen] < 150 {
		t.Errorf("%d templates %v, tasks %v", len(templates()), kinds, counts)
	}
	checkDifferent(t, all)
}

// checkDifferent wants no two tasks of one world to ask the same.
func checkDifferent(t *testing.T, all []gym.Task) {
	t.Helper()
	known := make(map[string]string)
	for _, task := range all {
		key := task.Scene + task.Goal
		if known[key] != "" {
			t.Errorf("%s asks what %s asks", task.ID, known[key])
		}
		known[key] = task.ID
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
		for name, task := range map[string]gym.Task{
			"empty":            {},
			"another template": {Seed: 1, Params: map[string]string{paramTemplate: "none"}},
			"no such product":  {Seed: 1, Params: map[string]string{paramTemplate: good.Params[paramTemplate], "product": "none"}},
			"a negative seed":  {Seed: -1, Params: good.Params},
			"a vast seed":      {Seed: 1 << 40, Params: good.Params},
		} {
			if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: task}); gym.CodeOf(err) != gym.CodeUnknownTask {
				t.Errorf("%s, %s: %v", reg.Spec.ID, name, err)
			}
		}
		env.Close()
	}
}

func TestSameAnswer(t *testing.T) {
	for _, tt := range []struct {
		said, want string
		same       bool
	}{
		{"$12.50", "$12.50", true}, {"It costs $12.50.", "$12.50", true}, {"12.50", "$12.50", true}, {"$1,012.50", "$1,012.50", true}, {"1012.50", "$1,012.50", true},
		{"$12.51", "$12.50", false}, {"$12.50 or $13.00", "$12.50", false}, {"", "$12.50", false},
		{"7 reviews", "7", true}, {"17", "7", false}, {"3 of 7", "7", false},
		{" \"Cast Iron\" ", "Cast iron", true}, {"cast iron.", "Cast iron", true}, {"cast iron or steel", "Cast iron", false}, {"iron", "Cast iron", false},
		{"2 years", "2 years", true}, {"3 years", "2 years", false}, {"2", "2 years", false},
	} {
		if got := sameAnswer(tt.said, tt.want); got != tt.same {
			t.Errorf("%q for %q: %t", tt.said, tt.want, got)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, group := range [][]string{
		{"/shop/category/audio?max=50&stars=3", "/shop/category/audio?stars=3&max=50&sort=name&min=&page=1", public + "/shop/search?category=audio&max=50&stars=3#x"},
		{"/shop/category/audio?max=50", "/shop/search?category=audio&max=50&sort=relevance"},
		{"/shop/category/audio?page=2", "/shop/category/audio?sort=name&page=2"},
		{"/shop/product/A1", "/shop/product/A1?reviews=newest#reviews", "/shop/product/A1?page=1"},
		{"/shop/product/A1?reviews=lowest"},
		{"/shop/category/audio?brand=B&brand=A", "/shop/category/audio?brand=A&brand=B"},
		{"/shop/search?q=lamp"}, {"/shop/search?q=lamp&sort=name"}, {"/shop/orders"}, {"%zz"},
	} {
		for _, address := range group {
			if canonical(address) != canonical(group[0]) {
				t.Errorf("%s is %s, %s is %s", address, canonical(address), group[0], canonical(group[0]))
			}
			same := slices.IndexFunc([]string{"/shop/cart", "/shop/category/audio"}, func(other string) bool { return canonical(other) == canonical(address) })
			if same >= 0 {
				t.Errorf("%s is another page", address)
			}
		}
	}
}

func TestServed(t *testing.T) {
	const base = "http://127.0.0.1:5"
	for address, want := range map[string]string{
		public + "/shop/cart": base + "/shop/cart", "/shop/cart": base + "/shop/cart", public: base,
		"http://127.0.0.1:8000/": "", "http://sites.test.evil/": "", "//evil.test/": "", "https://evil.test": "", "/_open/x?to=/": "", public + "/_open/x": "", "": "", "file:///etc/passwd": "",
	} {
		if got := served(base, address); got != want {
			t.Errorf("%q is served at %q, want %q", address, got, want)
		}
	}
}

func TestMessage(t *testing.T) {
	for a, want := range map[string]struct {
		said    *word
		problem bool
	}{
		`send_msg_to_user('$5')`: {&word{"$5", false}, false}, ` send_msg_to_user(text="a b") `: {&word{"a b", false}, false}, `report_infeasible('no')`: {&word{"no", true}, false},
		`send_msg_to_user(`: {nil, true}, `send_msg_to_user()`: {nil, true}, `click('1')`: {nil, false},
	} {
		said, problem := message(a)
		if !reflect.DeepEqual(said, want.said) || (problem != "") != want.problem {
			t.Errorf("%s: %v, %q", a, said, problem)
		}
	}
}
