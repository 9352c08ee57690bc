package analogy

import "testing"

// What nobody has seen is drawn from scenes that name the same kinds of things.
func TestLike(t *testing.T) {
	set := func(kinds ...string) map[string]bool {
		out := map[string]bool{}
		for _, k := range kinds {
			out[k] = true
		}
		return out
	}
	h := &habits{kinds: map[string]map[string]bool{
		"kitchen": set("shelf", "stove", "sink", "table"), "canteen": set("shelf", "stove", "sink", "table", "bench"), "bath": set("shelf", "tub", "mirror", "mat")}}
	all := []holding{{"kitchen", []item{{"pan", "a pan"}}}, {"bath", []item{{"soap", "a soap"}}}, {"canteen", []item{{"pot", "a pot"}}}, {"bath", nil}}
	tests := []struct {
		name  string
		kinds map[string]bool
		want  string
	}{
		{"a kitchen", set("shelf", "stove", "sink", "table"), "kitchen canteen"},
		{"a galley", set("shelf", "stove"), "kitchen canteen"},
		{"a bath", set("shelf", "tub", "mirror", "towel"), "bath bath"},
		{"nothing alike", set("anvil"), "kitchen bath canteen bath"},
	}
	for _, test := range tests {
		got := ""
		for i, l := range h.like(test.kinds, all) {
			if i > 0 {
				got += " "
			}
			got += l.scene
		}
		if got != test.want {
			t.Errorf("%s: drawn is from %q, want %q", test.name, got, test.want)
		}
	}
}
