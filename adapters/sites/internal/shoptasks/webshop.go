package shoptasks

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
	"dreamgym/fixtures/sites/shop"
)

// Tasks in WebShop's manner: a description of a product, a purchase, and as reward the
// share of the description that the purchase fits.

// description is what is to be bought.
type description struct {
	kind     string
	features []string
	options  []string // "Colour: Sand", each of another option
	most     int      // the price, in whole currency units
	category string
}

const buyName = "buy"

// describe draws a product in stock and says some of what it is.
func describe(w *shop.World, r *rand.Rand) task.Params {
	p := task.AnyOf(r, w.Products)
	if p.Stock < 1 {
		return nil
	}
	var options []string
	for _, o := range p.Options {
		options = append(options, o.Name+": "+task.AnyOf(r, o.Values))
	}
	return task.Params{
		task.ParamTemplate: buyName, "product": p.Name, "kind": p.Kind, "features": strings.Join(p.Features[:2], ", "),
		"options": strings.Join(options, ", "), "most": strconv.Itoa((p.Price/1000 + 1) * 10),
	}
}

func buyGoal(p task.Params) string {
	return fmt.Sprintf(`Buy a product: "%s" that is %s (%s), for at most %s dollars. Buy one piece of it with "Buy now".`,
		p["kind"], strings.ReplaceAll(p["features"], ", ", " and "), p["options"], p["most"])
}

// readDescription reads params; ok is false where the world has no such kind.
func readDescription(w *shop.World, p task.Params) (d description, ok bool) {
	most, err := strconv.Atoi(p["most"])
	i := slices.IndexFunc(w.Products, func(one *shop.Product) bool { return one.Kind == p["kind"] })
	if err != nil || i < 0 || p[task.ParamTemplate] != buyName {
		return d, false
	}
	return description{
		kind: p["kind"], features: strings.Split(p["features"], ", "), options: strings.Split(p["options"], ", "),
		most: most, category: w.Products[i].Category.Slug,
	}, true
}

// score is WebShop's reward: the type × (attributes + options that fit + [price ≤ cap]) /
// (attributes + options + 1). One piece is asked for: of several, none is within the cap.
func (d description) score(o *shop.Order) task.Verdict {
	l := o.Lines[0]
	features, options := 0, 0
	for _, f := range d.features {
		if slices.Contains(l.Product.Features, f) {
			features++
		}
	}
	for _, o := range strings.Split(l.Chosen(), ", ") {
		if slices.Contains(d.options, o) {
			options++
		}
	}
	cheap := len(o.Lines) == 1 && l.Quantity == 1 && l.Price <= d.most*100
	fits := features + options
	if cheap {
		fits++
	}
	kind := d.typed(l.Product)
	reward := kind * float64(fits) / float64(len(d.features)+len(d.options)+1)
	v := task.Verdict{Reward: reward, Conditions: map[string]any{"type": kind, "attributes": features, "options": options, "price": cheap}}
	if reward < 1 {
		v.Reason = fmt.Sprintf("what was bought fits in part: type %.1f, %d of %d attributes, %d of %d options, one piece within the cap: %t",
			kind, features, len(d.features), options, len(d.options), cheap)
	}
	return v
}

// typed is how near a product is to the wanted kind.
func (d description) typed(p *shop.Product) float64 {
	switch {
	case p.Kind == d.kind:
		return 1
	case p.Category.Slug == d.category:
		return 0.5
	}
	return 0
}

// judge looks at what was bought; the first order ends the episode.
func (d description) judge(placed []*shop.Order) task.Verdict {
	if len(placed) == 0 {
		return task.Verdict{Conditions: map[string]any{"bought": false}, Reason: "nothing was bought"}
	}
	return d.score(placed[0])
}

// purchases are the tasks of sites/webshop-v0.
type purchases struct{ shop *shop.Shop }

// Purchases are the tasks of sites/webshop-v0.
func Purchases(s *shop.Shop) task.Set { return purchases{s} }

// Of each seed as many tasks are dealt.
const (
	trainPurchases  = 60
	unseenPurchases = 20
)

// Deal makes the tasks.
func (b purchases) Deal() map[gym.Split][]gym.Task {
	d := task.NewDeck("shop", b.shop.Worlds.Of, entities())
	for _, seed := range task.TrainSeeds() {
		d.Add(buyName, seed, gym.SplitTrain, trainPurchases, describe, buyGoal)
	}
	for _, seed := range task.UnseenSeeds() {
		d.Add(buyName, seed, gym.SplitUnseen, unseenPurchases, describe, buyGoal)
	}
	return d.Tasks
}

// Play answers how a task is played, nil where it is none of these.
func (b purchases) Play(t gym.Task) *task.Play {
	if !task.Known(t.Seed) {
		return nil
	}
	w := b.shop.Worlds.Of(t.Seed)
	d, ok := readDescription(w, t.Params)
	if !ok {
		return nil
	}
	return &task.Play{
		Solution: buy(d, t.Params["product"]), Misses: func() []task.Miss { return d.misses(w, t.Params["product"]) },
		Judge: func(o task.Outcome) task.Verdict { return d.judge(b.placed(o.Session)) },
		Over:  func(session *sites.Session) bool { return len(b.placed(session)) > 0 },
	}
}

func (b purchases) placed(session *sites.Session) (orders []*shop.Order) {
	sites.With(session, b.shop.App, func(s *shop.State) { orders = s.Placed() })
	return orders
}

// misses buy something of another category, the right product in other options, two pieces
// of it, and nothing.
func (d description) misses(w *shop.World, product string) []task.Miss {
	list := []task.Miss{{Name: "nothing", Moves: []task.Move{task.Done()}, Fails: "bought"}}
	i := slices.IndexFunc(w.Products, func(p *shop.Product) bool {
		return p.Category.Slug != d.category && p.Stock > 0 && len(p.Options) == 1
	})
	if i >= 0 {
		p := w.Products[i]
		list = append(list, task.Miss{Name: "something else", Moves: buy(description{
			kind: p.Kind, options: []string{p.Options[0].Name + ": " + p.Options[0].Values[0]},
		}, p.Name)})
	}
	if p := named(w, product); p != nil {
		wrong := d
		options, missed := d.others(p)
		wrong.options = options
		all := float64(len(d.features) + len(d.options) + 1)
		list = append(list, task.Miss{Name: "another option", Moves: buy(wrong, p.Name), Reward: (all - float64(missed)) / all})
		if p.Stock > 1 {
			moves := buy(d, p.Name)
			list = append(list, task.Miss{Name: "two pieces", Moves: slices.Insert(moves, len(moves)-1, task.Enter("Quantity", "2")), Reward: (all - 1) / all})
		}
	}
	return list
}

// others are a product's options in other values than wanted, as far as it has any, and
// how many are.
func (d description) others(p *shop.Product) (options []string, missed int) {
	for i, o := range p.Options {
		wanted := d.options[i]
		j := slices.IndexFunc(o.Values, func(v string) bool { return o.Name+": "+v != wanted })
		if j < 0 {
			options = append(options, wanted)
			continue
		}
		options = append(options, o.Name+": "+o.Values[j])
		missed++
	}
	return options, missed
}

// buy are the moves that buy a product as it was described.
func buy(d description, product string) []task.Move {
	moves := []task.Move{task.Enter("Search products", d.kind), task.Press("Search", "button"), task.Seek(product)}
	for _, o := range d.options {
		name, value, _ := strings.Cut(o, ": ")
		moves = append(moves, task.Choose(name, value))
	}
	return append(moves, task.Press("Buy now"))
}
