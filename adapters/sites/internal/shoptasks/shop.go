// Package shoptasks has the tasks over fixtures/sites/shop: templates of three kinds, and
// purchases in WebShop's manner.
package shoptasks

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites"
	"dreamgym/fixtures/sites/shop"
)

type template = task.Template[*shop.World]

// Site is the shop as tasks need it.
func Site(s *shop.Shop) task.Site {
	return task.Site{
		App:  s,
		Home: "/shop/",
		SignIn: func(session *sites.Session) {
			sites.With(session, s.App, func(s *shop.State) { s.SignIn(s.World.Me()) })
		},
		Canonical: canonical,
	}
}

// Tasks are those of sites/shop-v0.
func Tasks(s *shop.Shop) task.Set {
	return &task.Templates[*shop.World]{
		Scene: "shop", World: s.Worlds.Of, All: slices.Concat(finding(), visiting(), changing()),
		Names: entities(), Meddle: meddle,
	}
}

func entities() []string { return []string{"product", "other", "brand", "order"} }

// meddle puts a product on the wish list that a task does not name.
func meddle(w *shop.World, p task.Params) []task.Move {
	spare := w.Products[slices.IndexFunc(w.Products, func(one *shop.Product) bool {
		return one.Name != p["product"] && one.Name != p["other"] && !slices.Contains(w.Me().Wishes, one.ID)
	})]
	return append(Open(spare.Name), task.Press("Add to wish list"))
}

// canonical is the same for addresses of pages that show the same.
func canonical(u *url.URL) string {
	v := u.Query()
	slug, isCategory := strings.CutPrefix(u.Path, "/shop/category/")
	if isCategory {
		v.Set("category", slug)
	}
	if isCategory || u.Path == "/shop/search" {
		return "list?" + listed(v)
	}
	for name, values := range v {
		if values[0] == "" || name == "page" && values[0] == "1" || name == "reviews" && values[0] == "newest" {
			v.Del(name)
		}
	}
	return u.Path + "?" + v.Encode()
}

// listed is a query for products in one spelling.
func listed(v url.Values) string {
	q := shop.ParseQuery(v)
	slices.Sort(q.Brands)
	out := q.Values()
	if q.Page > 1 {
		out.Set("page", v.Get("page"))
	}
	return out.Encode()
}

// named answers the product of a name, nil where there is none.
func named(w *shop.World, name string) *shop.Product {
	return task.One(w.Products, func(p *shop.Product) bool { return p.Name == name })
}

// ordered answers an order of the customer, nil where there is none.
func ordered(w *shop.World, number string) *shop.Order {
	return task.One(w.Me().Orders, func(o *shop.Order) bool { return o.Number == number })
}

// product draws any product.
func product(w *shop.World, r *rand.Rand) task.Params {
	return task.Params{"product": task.AnyOf(r, w.Products).Name}
}

// order draws any of the customer's orders.
func order(w *shop.World, r *rand.Rand) task.Params {
	return task.Params{"order": task.AnyOf(r, w.Me().Orders).Number}
}

// ofProduct makes what is wanted of the product that is drawn.
func ofProduct(f func(p *shop.Product) task.Want) func(*shop.World, task.Params) (task.Want, bool) {
	return func(w *shop.World, p task.Params) (task.Want, bool) {
		one := named(w, p["product"])
		if one == nil {
			return task.Want{}, false
		}
		return f(one), true
	}
}

// ofOrder makes what is wanted of the order that is drawn.
func ofOrder(f func(o *shop.Order) task.Want) func(*shop.World, task.Params) (task.Want, bool) {
	return func(w *shop.World, p task.Params) (task.Want, bool) {
		one := ordered(w, p["order"])
		if one == nil {
			return task.Want{}, false
		}
		return f(one), true
	}
}

// toProduct are the moves to the page of the product.
func toProduct(_ *shop.World, p task.Params) []task.Move { return Open(p["product"]) }

// toOrder are the moves to the page of the order.
func toOrder(_ *shop.World, p task.Params) []task.Move {
	return []task.Move{task.Press("My orders"), task.Seek("Order " + p["order"])}
}

// Open finds a product by its name and opens its page.
func Open(product string) []task.Move {
	return []task.Move{task.Enter("Search products", product), task.Press("Search", "button"), task.Seek(product)}
}
