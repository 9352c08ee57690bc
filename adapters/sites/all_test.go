package sites

import (
	"testing"

	"dreamgym/envserver/gym"
)

// onPaper opens an Env without Chrome.
func onPaper(t *testing.T, s *Suite, id string) *Env {
	t.Helper()
	for _, v := range variants() {
		if v.id == id {
			e := &Env{suite: s, variant: v, open: newPaper}
			t.Cleanup(func() { e.Close() })
			return e
		}
	}
	t.Fatalf("there is no %s", id)
	return nil
}

// TestEveryTask plays every task rightly, and of each template a few in the two ways that
// come close.
func TestEveryTask(t *testing.T) {
	s, r := testSuite(t)
	env := onPaper(t, s, "sites/shop-v0")
	played := make(map[string]int)
	for _, task := range every(t, registered(t, r, "sites/shop-v0")) {
		name := task.Params[paramTemplate]
		if played[name]++; played[name]%10 == 1 {
			checkTask(t, s, env, task)
			continue
		}
		if ts := perform(t, env, task, templateOf(task).solution(s.world(task.Seed), task.Params)); ts.Reward != 1 {
			t.Errorf("%s: the solver earns %v, %v on %q", task.ID, ts.Reward, ts.Info, task.Goal)
		}
	}
}

// TestEveryPurchase plays WebShop's tasks rightly, and buys what fits in part.
func TestEveryPurchase(t *testing.T) {
	s, r := testSuite(t)
	env := onPaper(t, s, "sites/webshop-v0")
	for i, task := range every(t, registered(t, r, "sites/webshop-v0")) {
		d, ok := readDescription(s.world(task.Seed), task.Params)
		if !ok {
			t.Fatalf("%s cannot be read", task.ID)
		}
		if ts := perform(t, env, task, buy(d, task.Params["product"])); ts.Reward != 1 {
			t.Errorf("%s: the solver earns %v, %v on %q", task.ID, ts.Reward, ts.Info, task.Goal)
		}
		if i%10 == 0 {
			checkPartial(t, s, env, task, d)
		}
	}
}

// checkPartial buys the right product in a wrong option, then something of another
// category, then nothing.
func checkPartial(t *testing.T, s *Suite, env gym.Env, task gym.Task, d description) {
	t.Helper()
	w := s.world(task.Seed)
	all := float64(len(d.features) + len(d.options) + 1)
	for _, p := range w.Products {
		if p.Category.Slug != d.category && p.Stock > 0 {
			other := params{"product": p.Name, "choice": p.Options[0].Name + ": " + p.Options[0].Values[0]}
			if len(p.Options) > 1 {
				continue
			}
			moves := put(other, "1")
			moves[len(moves)-1] = press("Buy now")
			if ts := perform(t, env, task, moves); ts.Reward != 0 || !ts.Terminated {
				t.Errorf("%s: something else earns %v", task.ID, ts.Reward)
			}
			break
		}
	}
	p := named(w, task.Params["product"])
	wrong := d
	wrong.options = nil
	for i, o := range p.Options {
		value := o.Values[0]
		if i == 0 && o.Name+": "+value == d.options[0] {
			value = o.Values[1]
		}
		wrong.options = append(wrong.options, o.Name+": "+value)
	}
	missed := 0
	for i := range wrong.options {
		if wrong.options[i] != d.options[i] {
			missed++
		}
	}
	if ts := perform(t, env, task, buy(wrong, p.Name)); ts.Reward != (all-float64(missed))/all {
		t.Errorf("%s: with %d options missed it earns %v, want %v", task.ID, missed, ts.Reward, (all-float64(missed))/all)
	}
	if ts := perform(t, env, task, []move{done()}); ts.Reward != 0 || !ts.Terminated || conditions(ts)["bought"] != false {
		t.Errorf("%s: nothing earns %v, %v", task.ID, ts.Reward, ts.Info)
	}
}
