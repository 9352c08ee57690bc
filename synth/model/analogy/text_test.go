package analogy

import (
	"slices"
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"one sentence", "You wait.", []string{"You wait."}},
		{"two sentences", "You wait. A bell rings!", []string{"You wait.", "A bell rings!"}},
		{"lines", "Hall\nA cat sits here.\n\nExits: north", []string{"Hall", "A cat sits here.", "Exits: north"}},
		{"marks within words", "It costs 3.50 at example.org", []string{"It costs 3.50 at example.org"}},
		{"a list in a sentence", "You see a pen, a cup and a hat. You yawn.", []string{"You see a pen, a cup and a hat.", "You yawn."}},
		{"an element list", "[1] button \"Send\"\n[2] textbox \"Name\" value=\"\"", []string{`[1] button "Send"`, `[2] textbox "Name" value=""`}},
		{"question and answer", "Open? Yes.\r\nGood.", []string{"Open?", "Yes.\r", "Good."}},
		{"blanks at the end", "You wait.  \n\n", []string{"You wait."}},
		{"other scripts", "Die Tür klemmt. 門は閉じている。", []string{"Die Tür klemmt.", "門は閉じている。"}},
	}
	for _, test := range tests {
		var got []string
		for _, p := range cut(test.text) {
			got = append(got, strings.TrimSpace(p.text))
		}
		for i := range test.want {
			test.want[i] = strings.TrimSpace(test.want[i])
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: cut = %q, want %q", test.name, got, test.want)
		}
		if back := join(cut(test.text)); back != test.text {
			t.Errorf("%s: join(cut) = %q, want %q", test.name, back, test.text)
		}
	}
}

// FuzzCut wants every text to come back to the byte, in pieces that are not empty.
func FuzzCut(f *testing.F) {
	for _, s := range []string{"", " ", "\n\n", ". . .", "a.b. c", "You wait.\tThen\r\n", "  leading", "\xff. \x00", "x!\n?"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ps := cut(s)
		if got := join(ps); got != s {
			t.Fatalf("join(cut(%q)) = %q", s, got)
		}
		for _, p := range ps {
			if p.text == "" && p.sep == "" {
				t.Fatalf("cut(%q) has an empty piece", s)
			}
		}
	})
}

func TestTokens(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"", nil},
		{"  \t\n", nil},
		{"a red gear", []string{"a", "red", "gear"}},
		{"crate 12, please.", []string{"crate", "12", ",", "please", "."}},
		{"a well-worn dog's bed_frame", []string{"a", "well-worn", "dog's", "bed_frame"}},
		{"-=Hall=-", []string{"-", "=", "Hall", "=", "-"}},
		{"end- 'quoted'", []string{"end", "-", "'", "quoted", "'"}},
		{"Tür, 門", []string{"Tür", ",", "門"}},
		{"click('a12')", []string{"click", "(", "'", "a12", "'", ")"}},
	}
	for _, test := range tests {
		if got := words(test.text); !slices.Equal(got, test.want) {
			t.Errorf("words(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

// FuzzTokens wants tokens to be in order, apart, and what stands in the text.
func FuzzTokens(f *testing.F) {
	f.Add("a well-worn dog's bed_frame, 12.5%")
	f.Add("\xff-a'\xfe")
	f.Fuzz(func(t *testing.T, s string) {
		at := 0
		for _, tok := range tokens(s) {
			if tok.start < at || tok.end <= tok.start || tok.end > len(s) || s[tok.start:tok.end] != tok.text {
				t.Fatalf("tokens(%q): %+v after %d", s, tok, at)
			}
			if strings.TrimSpace(s[at:tok.start]) != "" {
				t.Fatalf("tokens(%q) leaves out %q", s, s[at:tok.start])
			}
			at = tok.end
		}
		if strings.TrimSpace(s[at:]) != "" {
			t.Fatalf("tokens(%q) leaves out %q", s, s[at:])
		}
	})
}

func TestClass(t *testing.T) {
	tests := []struct{ entity, want string }{
		{"crate 2", "crate"}, {"red gear 12", "red gear"}, {"red gear", "red gear"}, {"7", "7"}, {" 7", " 7"},
		{"a12", "a12"}, {"", ""}, {"crate two", "crate two"}, {"crate 2b", "crate 2b"},
	}
	for _, test := range tests {
		if got := class(test.entity); got != test.want {
			t.Errorf("class(%q) = %q, want %q", test.entity, got, test.want)
		}
	}
}
