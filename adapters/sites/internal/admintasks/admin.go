// Package admintasks has the tasks over fixtures/sites/admin.
package admintasks

import (
	"math/rand/v2"
	"net/url"
	"slices"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites"
	"dreamgym/fixtures/sites/admin"
	"dreamgym/fixtures/sites/shop"
)

type template = task.Template[*admin.World]

// Site is the back office as tasks need it.
func Site(a *admin.Admin) task.Site {
	return task.Site{
		App:       a,
		Home:      "/admin/",
		SignIn:    func(session *sites.Session) { sites.With(session, a.App, (*admin.State).SignIn) },
		Canonical: canonical,
	}
}

// Tasks are those of sites/admin-v0.
func Tasks(a *admin.Admin) task.Set {
	return &task.Templates[*admin.World]{
		Scene: "admin", World: a.Worlds.Of, All: slices.Concat(finding(), visiting(), changing(), listing()),
		Names: []string{"product", "order", "instead", "customer", "code", "other"}, Meddle: Meddle,
	}
}

// Meddle deletes a promotion that a task does not name.
func Meddle(w *admin.World, p task.Params) []task.Move {
	spare := w.Promotions[slices.IndexFunc(w.Promotions, func(one *admin.Promotion) bool { return one.Code != p["code"] && one.Code != p["other"] })]
	return []task.Move{task.Press("Promotions", "link"), task.Seek(spare.Code), task.Press("Delete promotion")}
}

// canonical leaves out of an address what is so without being said.
func canonical(u *url.URL) string {
	v := u.Query()
	usual := map[string]string{"page": "1", "by": "month", "sort": "name"}
	switch u.Path {
	case "/admin/orders":
		usual["sort"] = "newest"
	case "/admin/promotions":
		usual["sort"] = "code"
	}
	for name, values := range v {
		if values[0] == "" || values[0] == usual[name] {
			v.Del(name)
		}
	}
	return u.Path + "?" + v.Encode()
}

// ordered answers an order of a number, nil where there is none.
func ordered(w *admin.World, number string) *shop.Order {
	return task.One(w.Orders, func(o *shop.Order) bool { return o.Number == number })
}

// customer answers the customer of a name, nil where there is none.
func customer(w *admin.World, name string) *shop.Customer {
	return task.One(w.Customers, func(c *shop.Customer) bool { return c.Name == name })
}

// product answers the product of a name, nil where there is none.
func product(w *admin.World, name string) *shop.Product {
	return task.One(w.Products, func(p *shop.Product) bool { return p.Name == name })
}

// promotion answers the promotion of a code, nil where there is none.
func promotion(w *admin.World, code string) *admin.Promotion {
	return task.One(w.Promotions, func(p *admin.Promotion) bool { return p.Code == code })
}

func drawOrder(w *admin.World, r *rand.Rand) task.Params {
	return task.Params{"order": task.AnyOf(r, w.Orders).Number}
}

func drawProduct(w *admin.World, r *rand.Rand) task.Params {
	return task.Params{"product": task.AnyOf(r, w.Products).Name}
}

// ofOrder makes what is wanted of the order that is drawn.
func ofOrder(f func(w *admin.World, o *shop.Order) task.Want) func(*admin.World, task.Params) (task.Want, bool) {
	return func(w *admin.World, p task.Params) (task.Want, bool) {
		o := ordered(w, p["order"])
		if o == nil {
			return task.Want{}, false
		}
		return f(w, o), true
	}
}

// ofProduct makes what is wanted of the product that is drawn.
func ofProduct(f func(one *shop.Product) task.Want) func(*admin.World, task.Params) (task.Want, bool) {
	return func(w *admin.World, p task.Params) (task.Want, bool) {
		one := product(w, p["product"])
		if one == nil {
			return task.Want{}, false
		}
		return f(one), true
	}
}

// buyer is the customer who placed an order.
func buyer(w *admin.World, o *shop.Order) *shop.Customer {
	return task.One(w.Customers, func(c *shop.Customer) bool { return slices.Contains(c.Orders, o) })
}

// OpenOrder are the moves to the page of an order, from any page.
func OpenOrder(number string) []task.Move {
	return []task.Move{task.Press("Orders", "link"), task.Enter("Number or customer", number), task.Press("Apply filters"), task.Press("Order "+number, "link")}
}

// OpenProduct are the moves to the page of a product, from any page.
func OpenProduct(name string) []task.Move {
	return []task.Move{task.Press("Products", "link"), task.Enter("Name or number", name), task.Press("Apply filters"), task.Seek(name)}
}

func openCustomer(name string) []task.Move {
	return []task.Move{task.Press("Customers", "link"), task.Seek(name)}
}

func openPromotion(code string) []task.Move {
	return []task.Move{task.Press("Promotions", "link"), task.Seek(code)}
}

func toOrder(_ *admin.World, p task.Params) []task.Move    { return OpenOrder(p["order"]) }
func toProduct(_ *admin.World, p task.Params) []task.Move  { return OpenProduct(p["product"]) }
func toCustomer(_ *admin.World, p task.Params) []task.Move { return openCustomer(p["customer"]) }

// told reads what stands beside a heading.
func told(heading string) func(task.Params) func(task.Screen) string {
	return func(task.Params) func(task.Screen) string {
		return func(s task.Screen) string { return s.Told(heading) }
	}
}
