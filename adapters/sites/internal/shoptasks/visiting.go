package shoptasks

import (
	"fmt"
	"math/rand/v2"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/shop"
)

// visiting are the templates that ask for a page.
func visiting() []template {
	return []template{
		{
			Name: "product-page", Kind: task.Visit, Level: 1, Goal: `Open the page of the product "{product}".`,
			Draw: product, Moves: toProduct,
			Want: ofProduct(func(p *shop.Product) task.Want { return task.Want{Page: "/shop/product/" + p.ID} }),
		},
		{
			Name: "order-page", Kind: task.Visit, Level: 1, Goal: `Open the page of my order {order}.`,
			Draw: order, Moves: toOrder,
			Want: ofOrder(func(o *shop.Order) task.Want { return task.Want{Page: "/shop/orders/" + o.Number} }),
		},
		sorted(),
		filtered(),
		{
			Name: "worst-reviews", Kind: task.Visit, Level: 2, Unseen: true, Goal: `Show the reviews of the product "{product}", those with the fewest stars first.`,
			Draw: product,
			Want: ofProductWith(reviewed, func(p *shop.Product) task.Want { return task.Want{Page: "/shop/product/" + p.ID + "?reviews=lowest"} }),
			Moves: func(_ *shop.World, p task.Params) []task.Move {
				return append(Open(p["product"]), task.Press("Lowest rated", "link"))
			},
		},
	}
}

// category answers the category of a name, nil where there is none.
func category(w *shop.World, name string) *shop.Category {
	return task.One(w.Categories, func(c *shop.Category) bool { return c.Name == name })
}

// orders are the orders of lists, by how a goal says them.
func orders() map[string][2]string {
	return map[string][2]string{
		"the cheapest first":       {"price-asc", "Price: low to high"},
		"the most expensive first": {"price-desc", "Price: high to low"},
		"the newest first":         {"newest", "Newest first"},
		"the best rated first":     {"rating", "Customer rating"},
	}
}

// sorted asks for a category in an order.
func sorted() template {
	words := []string{"the cheapest first", "the most expensive first", "the newest first", "the best rated first"}
	return template{
		Name: "sorted", Kind: task.Visit, Level: 1, Goal: `Show all products of the category {category}, {first}.`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			return task.Params{"category": task.AnyOf(r, w.Categories).Name, "first": task.AnyOf(r, words)}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			c, by := category(w, p["category"]), orders()[p["first"]]
			if c == nil || by[0] == "" {
				return task.Want{}, false
			}
			return task.Want{Page: "/shop/category/" + c.Slug + "?sort=" + by[0]}, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move {
			return []task.Move{task.Press(p["category"], "link"), task.Choose("Sort by", orders()[p["first"]][1])}
		},
	}
}

// filtered asks for a category with filters.
func filtered() template {
	return template{
		Name: "filtered", Kind: task.Visit, Level: 2, Goal: `Show the products of the category {category} that cost at most "{max}" dollars and have at least {stars} stars, and no other filter.`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			return task.Params{"category": task.AnyOf(r, w.Categories).Name, "max": fmt.Sprint(10 * (3 + r.IntN(12))), "stars": fmt.Sprint(2 + r.IntN(3))}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			c := category(w, p["category"])
			if c == nil {
				return task.Want{}, false
			}
			return task.Want{Page: "/shop/category/" + c.Slug + "?max=" + p["max"] + "&stars=" + p["stars"]}, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move {
			return []task.Move{task.Press(p["category"], "link"), task.Choose("Customer rating", p["stars"]+" stars and up"), task.Enter("Price up to", p["max"]), task.Press("Apply filters")}
		},
	}
}
