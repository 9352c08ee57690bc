package analogy

import (
	"fmt"
	"testing"
)

// counting is a slot that was counted: pairs of what a relation said and what stood there.
func counting(name string, pairs ...[2]string) *slot {
	s := counted(nil, 0)[0]
	for _, p := range pairs {
		s.count(map[string]string{name: p[0]}, p[1])
	}
	return s
}

func TestFill(t *testing.T) {
	tests := []struct {
		name      string
		slot      *slot
		rel       map[string]string
		by, want  string
		untrusted bool
	}{
		{"recorded there", counting(wasRecorded, [2]string{"a", "a"}, [2]string{"b", "b"}), map[string]string{wasRecorded: "c"}, wasRecorded, "c", false},
		{"there before", counting(wasThere, [2]string{"7", "7"}, [2]string{"9", "9"}), map[string]string{wasThere: "12"}, wasThere, "12", false},
		{"a step on", counting(wasThere, [2]string{"7", "8"}, [2]string{"9", "10"}, [2]string{"3", "4"}), map[string]string{wasThere: "12"}, wasThere + " and 1", "13", false},
		{"a step back, with decimals", counting(wasThere, [2]string{"7.5", "7.0"}, [2]string{"9.5", "9.0"}, [2]string{"3.0", "2.5"}), map[string]string{wasThere: "12.0"}, wasThere + " and -0.5", "11.5", false},
		{"by an argument", counting(wasThere+"+arg0", [2]string{"7", "7"}, [2]string{"9", "9"}), map[string]string{wasThere + "+arg0": "21"}, wasThere + "+arg0", "21", false},
		{"always the same", counting("goal0", [2]string{"x", "blue"}, [2]string{"y", "blue"}, [2]string{"z", "blue"}), map[string]string{"goal0": "w"}, "always there", "blue", false},
		{"what is right more often", counting("goal0", [2]string{"blue", "blue"}, [2]string{"red", "red"}, [2]string{"blue", "blue"}, [2]string{"blue", "blue"}), map[string]string{"goal0": "green"}, "goal0", "green", false},
		{"once is nothing", counting("goal0", [2]string{"x", "x"}), map[string]string{"goal0": "y"}, "", "", true},
		{"seldom right", counting("goal0", [2]string{"x", "x"}, [2]string{"x", "x"}, [2]string{"x", "1"}, [2]string{"x", "2"}, [2]string{"x", "3"}, [2]string{"x", "4"}, [2]string{"x", "5"}), map[string]string{"goal0": "y"}, "", "", true},
		{"the relation is not there", counting("goal0", [2]string{"x", "x"}, [2]string{"y", "y"}), map[string]string{}, "", "", true},
	}
	for _, test := range tests {
		by, got, ok := test.slot.fill(test.rel)
		if by != test.by || got != test.want || ok == test.untrusted {
			t.Errorf("%s: %q by %q, trusted %t; want %q by %q", test.name, got, by, ok, test.want, test.by)
		}
	}
}

// Numbers of the next place come from what stood there, with what the action names: its
// argument, and the number that came with it.
func TestNumbersOfThePlace(t *testing.T) {
	k := learnKnowledge(goalsOf(func(int) string { return "buy lamp" }, "shop"))
	b := newBelief(k, "shop", "The lamp costs 15. You have 100 coins.", nil)
	of := func(args ...string) map[string]string {
		tl := b.telling(call{frame: "buy {0}", args: args})
		tl.begin(k.lex.read("You have 3 coins."))
		return tl.at()
	}
	tests := []struct{ arg, relation, want string }{
		{"lamp", wasThere, "100"},
		{"lamp", wasExactly, "100"},
		{"lamp", wasThere + "-of0", "85"},
		{"lamp", wasThere + "+of0", "115"},
		{"7", wasThere + "-arg0", "93"},
		{"7.5", wasThere + "+arg0", "107.5"},
		{"rug", wasThere + "-of0", ""},
	}
	for _, test := range tests {
		if got := of(test.arg)[test.relation]; got != test.want {
			t.Errorf("%s, %s: %q, want %q", test.arg, test.relation, got, test.want)
		}
	}
}

// An action's own places go before its frame's, once they were seen often enough.
func TestActionBeforeFrame(t *testing.T) {
	for _, test := range []struct {
		times int
		want  string
	}{{leastAction - 1, "cold"}, {leastAction, "warm"}} {
		m := &memory{fills: map[string][]*slot{}}
		for n, value := range map[string]int{"warm": test.times, "cold": 9} {
			keys := fillKeys(1, "press {0}", "press sun")
			key := keys[0]
			if n == "cold" {
				key = keys[1]
			}
			m.fills[key] = counted(m.fills[key], 0)
			for range value {
				m.fills[key][0].count(nil, n)
			}
		}
		if _, got, _ := m.slotsFor(1, "press {0}", "press sun")[0].fill(nil); got != test.want {
			t.Errorf("%d times: %q, want %q", test.times, got, test.want)
		}
		if _, got, _ := m.slotsFor(1, "press {0}", "press moon")[0].fill(nil); got != "cold" {
			t.Errorf("an action that was not recorded: %q", got)
		}
	}
	if fmt.Sprint(fillKeys(1, "f", "a")) == fmt.Sprint(fillKeys(2, "f", "a")) {
		t.Error("outcomes of two kinds share their places")
	}
}
