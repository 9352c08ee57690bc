package sites

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites/shop"
)

// kind is what a task asks for, as WebArena sorts them.
type kind string

const (
	find   kind = "find"   // find something out and answer
	visit  kind = "go"     // go to a page
	change kind = "change" // change something
)

// template is a task with blanks, {so}. Values that a policy may have to type are quoted.
type template struct {
	name   string
	kind   kind
	level  int // 1: a page or two away; 2: some pages; 3: several things to get right
	unseen bool
	goal   string
	// draw fills the blanks from a world; nil where what was drawn does not do.
	draw func(w *shop.World, r *rand.Rand) params
	// want is what is asked for; ok is false where the world has no such thing.
	want func(w *shop.World, p params) (asked want, ok bool)
	// moves bring the scripted policy where the answer is, or to the page, or change
	// what is to be changed. read finds the answer.
	moves func(w *shop.World, p params) []move
	read  func(p params) func(screen) string
	// wrong changes something else than asked; of the other kinds a wrong answer or page is
	// made of moves.
	wrong func(w *shop.World, p params) []move
}

// Keys of params that every task of the shop has; who chooses tasks may go by them.
const (
	paramTemplate = "template"
	paramKind     = "kind"
	paramLevel    = "level"
)

func templates() []template {
	return slices.Concat(finding(), visiting(), changing())
}

func templateOf(t gym.Task) *template {
	all := templates()
	i := slices.IndexFunc(all, func(one template) bool { return one.name == t.Params[paramTemplate] })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// filled is the goal with its blanks filled in.
func (t *template) filled(p params) string {
	var pairs []string
	for name, value := range p {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(t.goal)
}

// solution is the way of the scripted policy.
func (t *template) solution(w *shop.World, p params) []move {
	if t.kind == find {
		return append(t.moves(w, p), answer(t.read(p)))
	}
	return append(t.moves(w, p), done())
}

// nearMiss is a way that comes close: a wrong answer, page or value.
func (t *template) nearMiss(w *shop.World, p params) []move {
	switch t.kind {
	case find:
		read := t.read(p)
		return append(t.moves(w, p), answer(func(s screen) string { return read(s) + "1" }))
	case visit:
		moves := t.moves(w, p)
		return append(moves[:len(moves)-1], done())
	}
	return append(t.wrong(w, p), done())
}

// meddling does what is asked, after it has changed something that was not.
func (t *template) meddling(w *shop.World, p params) []move {
	spare := w.Products[slices.IndexFunc(w.Products, func(one *shop.Product) bool {
		return one.Name != p["product"] && one.Name != p["other"] && !slices.Contains(w.Me().Wishes, one.ID)
	})]
	return slices.Concat(open(spare.Name), []move{press("Add to wish list")}, t.solution(w, p))
}

// Of each template and seed as many tasks are dealt.
const (
	trainTasks  = 12
	unseenTasks = 14
)

func dealShop(s *Suite) *dealt {
	return &dealt{make: func() map[gym.Split][]gym.Task {
		d := &deck{s, make(map[string]bool), make(map[gym.Split][]gym.Task)}
		for _, unseen := range []bool{false, true} {
			for _, t := range templates() {
				if t.unseen == unseen {
					d.addAll(t)
				}
			}
		}
		return d.tasks
	}}
}

// addAll deals a template in every world of its split.
func (d *deck) addAll(t template) {
	seeds, split, n := trainSeeds(), gym.SplitTrain, trainTasks
	if t.unseen {
		seeds, split, n = unseenSeeds(), gym.SplitUnseen, unseenTasks
	}
	draw := func(w *shop.World, r *rand.Rand) params {
		p := t.draw(w, r)
		if p == nil {
			return nil
		}
		p[paramTemplate], p[paramKind], p[paramLevel] = t.name, string(t.kind), strconv.Itoa(t.level)
		if _, ok := t.want(w, p); !ok {
			return nil
		}
		return p
	}
	for _, seed := range seeds {
		d.add(t.name, seed, split, n, draw, t.filled)
	}
}

func playShop(w *shop.World, task gym.Task) *play {
	t := templateOf(task)
	if t == nil {
		return nil
	}
	asked, ok := t.want(w, task.Params)
	if !ok {
		return nil
	}
	return &play{asks: t.kind == find, solution: t.solution(w, task.Params), judge: asked.judge}
}

func anyOf[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// named answers the product of a name, nil where there is none.
func named(w *shop.World, name string) *shop.Product {
	i := slices.IndexFunc(w.Products, func(p *shop.Product) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return w.Products[i]
}

// ordered answers an order of the customer, nil where there is none.
func ordered(w *shop.World, number string) *shop.Order {
	all := w.Me().Orders
	i := slices.IndexFunc(all, func(o *shop.Order) bool { return o.Number == number })
	if i < 0 {
		return nil
	}
	return all[i]
}

// product draws any product.
func product(w *shop.World, r *rand.Rand) params {
	return params{"product": anyOf(r, w.Products).Name}
}

// order draws any of the customer's orders.
func order(w *shop.World, r *rand.Rand) params {
	return params{"order": anyOf(r, w.Me().Orders).Number}
}

// ofProduct makes what is wanted of the product that is drawn.
func ofProduct(f func(p *shop.Product) want) func(*shop.World, params) (want, bool) {
	return func(w *shop.World, p params) (want, bool) {
		one := named(w, p["product"])
		if one == nil {
			return want{}, false
		}
		return f(one), true
	}
}

// ofOrder makes what is wanted of the order that is drawn.
func ofOrder(f func(o *shop.Order) want) func(*shop.World, params) (want, bool) {
	return func(w *shop.World, p params) (want, bool) {
		one := ordered(w, p["order"])
		if one == nil {
			return want{}, false
		}
		return f(one), true
	}
}

// toProduct are the moves to the page of the product.
func toProduct(_ *shop.World, p params) []move { return open(p["product"]) }

// toOrder are the moves to the page of the order.
func toOrder(_ *shop.World, p params) []move {
	return []move{press("My orders"), seek("Order " + p["order"])}
}
