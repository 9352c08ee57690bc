package sites

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
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
func describe(w *shop.World, r *rand.Rand) params {
	p := anyOf(r, w.Products)
	if p.Stock < 1 {
		return nil
	}
	var options []string
	for _, o := range p.Options {
		options = append(options, o.Name+": "+anyOf(r, o.Values))
	}
	return params{
		paramTemplate: buyName, "product": p.Name, "kind": p.Kind, "features": strings.Join(p.Features[:2], ", "),
		"options": strings.Join(options, ", "), "most": strconv.Itoa((p.Price/1000 + 1) * 10),
	}
}

func buyGoal(p params) string {
	return fmt.Sprintf(`Buy a product: "%s" that is %s (%s), for at most %s dollars. Buy one piece of it with "Buy now".`,
		p["kind"], strings.ReplaceAll(p["features"], ", ", " and "), p["options"], p["most"])
}

// readDescription reads params; ok is false where the world has no such kind.
func readDescription(w *shop.World, p params) (d description, ok bool) {
	most, err := strconv.Atoi(p["most"])
	i := slices.IndexFunc(w.Products, func(one *shop.Product) bool { return one.Kind == p["kind"] })
	if err != nil || i < 0 || p[paramTemplate] != buyName {
		return d, false
	}
	return description{
		kind: p["kind"], features: strings.Split(p["features"], ", "), options: strings.Split(p["options"], ", "),
		most: most, category: w.Products[i].Category.Slug,
	}, true
}

// score is WebShop's reward: the type × (attributes + options that fit + [price ≤ cap]) /
// (attributes + options + 1).
func (d description) score(l shop.Line) verdict {
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
	cheap := l.Price <= d.most*100
	fits := features + options
	if cheap {
		fits++
	}
	kind := d.typed(l.Product)
	reward := kind * float64(fits) / float64(len(d.features)+len(d.options)+1)
	v := verdict{reward: reward, conditions: map[string]any{"type": kind, "attributes": features, "options": options, "price": cheap}}
	if reward < 1 {
		v.reason = fmt.Sprintf("what was bought fits in part: type %.1f, %d of %d attributes, %d of %d options, price within the cap: %t",
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

func (d description) judge(o outcome) verdict {
	placed := o.state.Placed()
	if len(placed) == 0 {
		return verdict{conditions: map[string]any{"bought": false}, reason: "nothing was bought"}
	}
	return d.score(placed[0].Lines[0])
}

func dealBuying(s *Suite) *dealt {
	return &dealt{make: func() map[gym.Split][]gym.Task {
		d := &deck{s, make(map[string]bool), make(map[gym.Split][]gym.Task)}
		for _, seed := range trainSeeds() {
			d.add(buyName, seed, gym.SplitTrain, 60, describe, buyGoal)
		}
		for _, seed := range unseenSeeds() {
			d.add(buyName, seed, gym.SplitUnseen, 20, describe, buyGoal)
		}
		return d.tasks
	}}
}

func playBuying(w *shop.World, t gym.Task) *play {
	d, ok := readDescription(w, t.Params)
	if !ok {
		return nil
	}
	return &play{
		solution: buy(d, t.Params["product"]), judge: d.judge,
		over: func(s *shop.State) bool { return len(s.Placed()) > 0 },
	}
}

// buy are the moves that buy a product as it was described.
func buy(d description, product string) []move {
	moves := []move{enter("Search products", d.kind), press("Search", "button"), seek(product)}
	for _, o := range d.options {
		name, value, _ := strings.Cut(o, ": ")
		moves = append(moves, choose(name, value))
	}
	return append(moves, press("Buy now"))
}
