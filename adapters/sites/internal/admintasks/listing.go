package admintasks

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/admin"
	"dreamgym/fixtures/sites/shop"
)

// listing are the templates that ask for a change of several rows of a table.
func listing() []template { return []template{markingAll(), restockingAll()} }

// mostRows bounds how many rows a task asks to be ticked; one alone would be no list.
const mostRows = 6

// theirs are a customer's orders of a status.
func theirs(w *admin.World, p task.Params) []*shop.Order {
	c := customer(w, p["customer"])
	if c == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.Orders), func(o *shop.Order) bool { return o.Status != p["status"] })
}

// markingAll asks for the status of all orders that a filter leaves.
func markingAll() template {
	mark := func(p task.Params, list []*shop.Order) []task.Move {
		moves := []task.Move{task.Press("Orders", "link"), task.Enter("Number or customer", p["customer"]), task.Choose("Status", p["status"])}
		for _, o := range list {
			moves = append(moves, task.Press("Select order "+o.Number, "checkbox"))
		}
		return append(moves, task.Choose("Mark selected as", p["to"]), task.Press("Change selected"))
	}
	return template{
		Name: "mark-orders", Kind: task.Change, Level: 3, Goal: `Mark all orders of the customer "{customer}" that are {status} as {to}.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{"customer": task.AnyOf(r, w.Customers).Name, "status": task.AnyOf(r, shop.Statuses()[:4]), "to": task.AnyOf(r, shop.Statuses()[1:4])}
		},
		Want: func(w *admin.World, p task.Params) (asked task.Want, ok bool) {
			list := theirs(w, p)
			if len(list) < 2 || len(list) > mostRows || p["status"] == p["to"] || p["status"] == shop.Cancelled || !slices.Contains(shop.Statuses()[:4], p["to"]) {
				return asked, false
			}
			for _, o := range list {
				asked.Changes = append(asked.Changes, shop.StatusChange(o.Number, p["to"]))
			}
			return asked, true
		},
		Moves: func(w *admin.World, p task.Params) []task.Move { return mark(p, theirs(w, p)) },
		Wrong: func(w *admin.World, p task.Params) []task.Move { return mark(p, theirs(w, p)[1:]) },
	}
}

// soldOut are a category's products that are out of stock.
func soldOut(w *admin.World, p task.Params) []*shop.Product {
	return slices.DeleteFunc(slices.Clone(w.Products), func(one *shop.Product) bool { return one.Category.Name != p["category"] || one.Stock > 0 })
}

// restockingAll asks for the stock of all products that a filter leaves.
func restockingAll() template {
	restock := func(p task.Params, list []*shop.Product) []task.Move {
		moves := []task.Move{task.Press("Products", "link"), task.Choose("Category", p["category"]), task.Choose("Stock", "Out of stock")}
		for _, one := range list {
			moves = append(moves, task.Press("Select "+one.Name, "checkbox"))
		}
		return append(moves, task.Enter("Pieces counted", p["pieces"]), task.Press("Set stock of selected"))
	}
	return template{
		Name: "restock-all", Kind: task.Change, Level: 3, Unseen: true, Goal: `Set the stock of every product of the category {category} that is out of stock to "{pieces}" pieces.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{"category": task.AnyOf(r, w.Categories).Name, "pieces": strconv.Itoa(10 + r.IntN(90))}
		},
		Want: func(w *admin.World, p task.Params) (asked task.Want, ok bool) {
			list := soldOut(w, p)
			n, err := strconv.Atoi(p["pieces"])
			if err != nil || n < 1 || len(list) < 2 || len(list) > mostRows {
				return asked, false
			}
			for _, one := range list {
				asked.Changes = append(asked.Changes, shop.StockChange(one.ID, n))
			}
			return asked, true
		},
		Moves: func(w *admin.World, p task.Params) []task.Move { return restock(p, soldOut(w, p)) },
		Wrong: func(w *admin.World, p task.Params) []task.Move { return restock(p, soldOut(w, p)[1:]) },
	}
}
