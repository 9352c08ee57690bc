package invented

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
)

// Ledger makes a world of calls that are answered in JSON: accounts are looked up, paid
// into and paid from. What cannot be done costs a little and is answered with an error. A
// task names an account and the balance it is to have.
func Ledger(tasks int) *World {
	w := &World{
		Spec: gym.Spec{ID: "invented/ledger-v0", Description: "a ledger", MaxSteps: 10, Rewards: []float64{-0.1, 0, 1}, Deterministic: true},
		New:  func(t gym.Task, _ int64) Game { return newLedger(t) },
	}
	w.Solution = func(t gym.Task) []string {
		g := newLedger(t)
		return []string{fmt.Sprintf("lookup(owner=%q)", t.Params["owner"]), fmt.Sprintf("pay(owner=%q, cents=%d)", t.Params["owner"], g.want-g.cents[t.Params["owner"]]), "done()"}
	}
	for i := range tasks {
		rng := rand.New(rand.NewPCG(uint64(i), 23))
		owner := owners()[rng.IntN(len(owners()))]
		// one scene an account book; a task's balance is above what it holds there
		want := 100*(1+rng.IntN(8)) + 5*rng.IntN(20)
		w.Train = append(w.Train, gym.Task{ID: fmt.Sprintf("ledger-%d", i), Split: gym.SplitTrain, Scene: fmt.Sprintf("book-%d", i%3),
			Goal: fmt.Sprintf("Pay %d cents to %s.", want, owner), Params: map[string]string{"owner": owner, "more": strconv.Itoa(want), "book": strconv.Itoa(i % 3)}})
	}
	return w
}

func owners() []string { return []string{"Ada", "Bo", "Cleo", "Dan"} }

type ledger struct {
	task  gym.Task
	want  int
	cents map[string]int
}

func newLedger(t gym.Task) *ledger {
	l := &ledger{task: t, cents: map[string]int{}}
	book, _ := strconv.Atoi(t.Params["book"])
	for i, o := range owners() {
		l.cents[o] = 100*(book+1) + 10*i
	}
	more, _ := strconv.Atoi(t.Params["more"])
	l.want = l.cents[t.Params["owner"]] + more
	return l
}

func (l *ledger) Text() string {
	return `{"calls": ["lookup(owner)", "pay(owner, cents)", "take(owner, cents)", "done()"]}`
}

func (l *ledger) Actions() []string { return nil }

// LedgerCalls are calls that players make at random: some fail.
func LedgerCalls() []string {
	var all []string
	for _, o := range append(owners(), "Nobody") {
		all = append(all, fmt.Sprintf("lookup(owner=%q)", o))
		for _, n := range []int{15, 40, 75, 120} {
			all = append(all, fmt.Sprintf("pay(owner=%q, cents=%d)", o, n), fmt.Sprintf("take(owner=%q, cents=%d)", o, n))
		}
	}
	return all
}

func (l *ledger) Act(action string) (text string, reward float64, terminated bool) {
	name, rest, _ := strings.Cut(strings.TrimSuffix(action, ")"), "(")
	if name == "done" {
		if l.cents[l.task.Params["owner"]] == l.want {
			return answer("closed", true), 1, true
		}
		return answer("closed", false), 0, true
	}
	owner, cents := "", 0
	for _, arg := range strings.Split(rest, ", ") {
		key, v, _ := strings.Cut(arg, "=")
		if key == "owner" {
			owner = strings.Trim(v, `"`)
		} else {
			cents, _ = strconv.Atoi(v)
		}
	}
	if _, ok := l.cents[owner]; !ok {
		return answer("error", "there is no such account"), -0.1, false
	}
	switch name {
	case "pay":
		l.cents[owner] += cents
	case "take":
		l.cents[owner] -= cents
	}
	return answer("owner", owner, "cents", l.cents[owner]), 0, false
}

// answer writes pairs of keys and values as an object, in their order.
func answer(pairs ...any) string {
	var all []string
	for i := 0; i < len(pairs); i += 2 {
		v, err := json.Marshal(pairs[i+1])
		if err != nil {
			panic(err)
		}
		all = append(all, fmt.Sprintf("%q: %s", pairs[i], v))
	}
	return "{" + strings.Join(all, ", ") + "}"
}
