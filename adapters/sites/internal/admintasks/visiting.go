package admintasks

import (
	"math/rand/v2"
	"net/url"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/admin"
	"dreamgym/fixtures/sites/shop"
)

// visiting are the templates that ask for a page.
func visiting() []template {
	return []template{
		{
			Name: "product-form", Kind: task.Visit, Level: 1, Goal: `Open the page on which the product "{product}" is edited.`,
			Draw: drawProduct, Moves: toProduct,
			Want: ofProduct(func(p *shop.Product) task.Want { return task.Want{Page: "/admin/products/" + p.ID} }),
		},
		{
			Name: "order-buyer", Kind: task.Visit, Level: 2, Goal: `Open the page of the customer who placed order {order}.`,
			Draw: drawOrder,
			Want: ofOrder(func(w *admin.World, o *shop.Order) task.Want {
				return task.Want{Page: "/admin/customers/" + buyer(w, o).Email}
			}),
			Moves: func(w *admin.World, p task.Params) []task.Move {
				return append(OpenOrder(p["order"]), task.Press(buyer(w, ordered(w, p["order"])).Name, "link"))
			},
		},
		orderList(), salesReport(), lowStock(),
	}
}

// first is an order of a list, by how a goal says it.
type first struct{ words, value, option string }

func byWords(all []first, words string) (first, bool) {
	for _, f := range all {
		if f.words == words {
			return f, true
		}
	}
	return first{}, false
}

// orderList asks for orders of a status in an order.
func orderList() template {
	all := []first{
		{"the oldest first", "oldest", "Oldest first"}, {"those with the highest total first", "total-desc", "Total: high to low"},
		{"those with the lowest total first", "total-asc", "Total: low to high"}, {"sorted by customer", "customer", "Customer"},
	}
	return template{
		Name: "order-list", Kind: task.Visit, Level: 2, Goal: `Show all orders with the status {status}, {first}, and no other filter.`,
		Draw: func(_ *admin.World, r *rand.Rand) task.Params {
			return task.Params{"status": task.AnyOf(r, shop.Statuses()), "first": task.AnyOf(r, all).words}
		},
		Want: func(_ *admin.World, p task.Params) (task.Want, bool) {
			f, ok := byWords(all, p["first"])
			return task.Want{Page: "/admin/orders?" + url.Values{"status": {p["status"]}, "sort": {f.value}}.Encode()}, ok
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move {
			f, _ := byWords(all, p["first"]) // Want has looked
			return []task.Move{task.Press("Orders", "link"), task.Choose("Status", p["status"]), task.Choose("Sort by", f.option)}
		},
	}
}

// salesReport asks for a report of a period.
func salesReport() template {
	return template{
		Name: "sales-report", Kind: task.Visit, Level: 2, Goal: `Show the report of the sales from "{from}" to "{to}", added up by {unit}.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			p := Days(w, r)
			p["unit"] = task.AnyOf(r, []string{"week", "day"})
			return p
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			_, ok := sold(w, p)
			return task.Want{Page: "/admin/reports/sales?" + url.Values{"by": {p["unit"]}, "from": {p["from"]}, "to": {p["to"]}}.Encode()}, ok
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move {
			return append(Report("Sales by period", p), task.Choose("Add up by", strings.ToUpper(p["unit"][:1])+p["unit"][1:]))
		},
	}
}

// lowStock asks for a category's products that have to be ordered.
func lowStock() template {
	all := []first{
		{"the cheapest first", "price-asc", "Price: low to high"}, {"the most expensive first", "price-desc", "Price: high to low"},
		{"those with the fewest pieces first", "stock-asc", "Stock: low to high"},
	}
	return template{
		Name: "low-stock", Kind: task.Visit, Level: 3, Unseen: true, Goal: `Show the products of the category {category} that run low, {first}.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{"category": task.AnyOf(r, w.Categories).Name, "first": task.AnyOf(r, all).words}
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			c := task.One(w.Categories, func(c *shop.Category) bool { return c.Name == p["category"] })
			f, ok := byWords(all, p["first"])
			if c == nil || !ok {
				return task.Want{}, false
			}
			return task.Want{Page: "/admin/products?" + url.Values{"category": {c.Slug}, "stock": {"low"}, "sort": {f.value}}.Encode()}, true
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move {
			f, _ := byWords(all, p["first"]) // Want has looked
			return []task.Move{task.Press("Products", "link"), task.Choose("Category", p["category"]), task.Choose("Stock", "Running low"), task.Choose("Sort by", f.option)}
		},
	}
}
