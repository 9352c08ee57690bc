package analogy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/analogy/testdata/invented"
)

// Pages that link to each other are told, with their forms and counts.
func TestKiosk(t *testing.T) {
	r := record(invented.Kiosk(24), 150, 48)
	s := r.score(t, analogy.New(), r.seen)
	s.report(t, "kiosk")
	least(t, "exact steps", s.accuracy(), 0.84)
	least(t, "actions F1", s.actionsF1(), 0.93)
	least(t, "rewards found", float64(s.granted)/float64(s.paid), 0.85)
	least(t, "rewards that came", float64(s.granted)/float64(s.claimed), 0.85)
}

// A link turns to its page from every page, and the count in the links is kept.
func TestLinksTurnThePage(t *testing.T) {
	r, m := record(invented.Kiosk(24), 150, 0), analogy.New()
	const front, basket, letter, plums, put = "click('1')", "click('2')", "click('3')", "click('5')", "click('5')"
	for name, way := range map[string][]string{"the front": nil, "goods": {plums}, "the form": {letter}, "the basket": {basket}} {
		for link, heading := range map[string]string{front: "Front", basket: "Basket", letter: "Write to us"} {
			d := r.begin(t, m, r.world.Train[1], 1)
			for _, a := range slices.Concat([]string{plums, put, front}, way) {
				act(t, d, a)
			}
			text := act(t, d, link).Next.Text
			for _, line := range []string{`link "Basket (1)"`, fmt.Sprintf("heading %q", heading)} {
				if !strings.Contains(text, "] "+line+"\n") {
					t.Errorf("from %s %s leads to\n%s\nwithout %s", name, link, text, line)
				}
			}
		}
	}
}

// Calls answered in JSON: numbers are followed, failures keep what they cost.
func TestLedger(t *testing.T) {
	r := record(invented.Ledger(24), 150, 48, invented.LedgerCalls()...)
	s := r.score(t, analogy.New(), r.seen)
	s.report(t, "ledger")
	least(t, "exact steps", s.accuracy(), 0.84)
	least(t, "rewards and costs found", float64(s.granted)/float64(s.paid), 0.85)
	least(t, "rewards and costs that came", float64(s.granted)/float64(s.claimed), 0.8)
}

func TestLedgerCalls(t *testing.T) {
	r, m := record(invented.Ledger(24), 150, 0, invented.LedgerCalls()...), analogy.New()
	const error, cost = `{"error": "there is no such account"}`, -0.1
	tests := []struct {
		name   string
		calls  []string
		want   string
		reward float64
	}{
		{"an amount that no recording has", []string{`lookup(owner="Cleo")`, `pay(owner="Cleo", cents=33)`}, `{"owner": "Cleo", "cents": 253}`, 0},
		{"it goes on from there", []string{`lookup(owner="Cleo")`, `pay(owner="Cleo", cents=33)`, `take(owner="Cleo", cents=7)`}, `{"owner": "Cleo", "cents": 246}`, 0},
		{"what was looked up first", []string{`lookup(owner="Dan")`}, `{"owner": "Dan", "cents": 230}`, 0},
		{"a failure costs", []string{`pay(owner="Nobody", cents=15)`}, error, cost},
		{"each time", []string{`pay(owner="Nobody", cents=15)`, `lookup(owner="Nobody")`, `take(owner="Nobody", cents=40)`}, error, cost},
	}
	for _, test := range tests {
		d := r.begin(t, m, r.world.Train[1], 1)
		var p model.Prediction
		for _, call := range test.calls {
			p = act(t, d, call)
		}
		if p.Next.Text != test.want || p.Reward != test.reward || p.Terminated {
			t.Errorf("%s: %s and %v, terminated %t; want %s and %v", test.name, p.Next.Text, p.Reward, p.Terminated, test.want, test.reward)
		}
	}
}
