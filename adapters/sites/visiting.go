package sites

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"dreamgym/fixtures/sites/shop"
)

// visiting are the templates that ask for a page.
func visiting() []template {
	return []template{
		{
			name: "product-page", kind: visit, level: 1, goal: `Open the page of the product "{product}".`,
			draw: product, moves: toProduct,
			want: ofProduct(func(p *shop.Product) want { return want{page: "/shop/product/" + p.ID} }),
		},
		{
			name: "order-page", kind: visit, level: 1, goal: `Open the page of my order {order}.`,
			draw: order, moves: toOrder,
			want: ofOrder(func(o *shop.Order) want { return want{page: "/shop/orders/" + o.Number} }),
		},
		sorted(),
		filtered(),
		{
			name: "worst-reviews", kind: visit, level: 2, unseen: true, goal: `Show the reviews of the product "{product}", those with the fewest stars first.`,
			draw: product,
			want: ofProductWith(reviewed, func(p *shop.Product) want { return want{page: "/shop/product/" + p.ID + "?reviews=lowest"} }),
			moves: func(_ *shop.World, p params) []move {
				return append(open(p["product"]), press("Lowest rated", "link"))
			},
		},
	}
}

// category answers the category of a name, nil where there is none.
func category(w *shop.World, name string) *shop.Category {
	i := slices.IndexFunc(w.Categories, func(c *shop.Category) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return w.Categories[i]
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
		name: "sorted", kind: visit, level: 1, goal: `Show all products of the category {category}, {first}.`,
		draw: func(w *shop.World, r *rand.Rand) params {
			return params{"category": anyOf(r, w.Categories).Name, "first": anyOf(r, words)}
		},
		want: func(w *shop.World, p params) (want, bool) {
			c, by := category(w, p["category"]), orders()[p["first"]]
			if c == nil || by[0] == "" {
				return want{}, false
			}
			return want{page: "/shop/category/" + c.Slug + "?sort=" + by[0]}, true
		},
		moves: func(_ *shop.World, p params) []move {
			return []move{press(p["category"], "link"), choose("Sort by", orders()[p["first"]][1])}
		},
	}
}

// filtered asks for a category with filters.
func filtered() template {
	return template{
		name: "filtered", kind: visit, level: 2, goal: `Show the products of the category {category} that cost at most "{max}" dollars and have at least {stars} stars, and no other filter.`,
		draw: func(w *shop.World, r *rand.Rand) params {
			return params{"category": anyOf(r, w.Categories).Name, "max": fmt.Sprint(10 * (3 + r.IntN(12))), "stars": fmt.Sprint(2 + r.IntN(3))}
		},
		want: func(w *shop.World, p params) (want, bool) {
			c := category(w, p["category"])
			if c == nil {
				return want{}, false
			}
			return want{page: "/shop/category/" + c.Slug + "?max=" + p["max"] + "&stars=" + p["stars"]}, true
		},
		moves: func(_ *shop.World, p params) []move {
			return []move{press(p["category"], "link"), choose("Customer rating", p["stars"]+" stars and up"), enter("Price up to", p["max"]), press("Apply filters")}
		},
	}
}
