package crosstasks

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"dreamgym/adapters/sites/internal/admintasks"
	"dreamgym/adapters/sites/internal/shoptasks"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/admin"
	"dreamgym/fixtures/sites/shop"
)

// changing are the templates that ask for a change.
func changing() []template {
	return []template{cheapest(), wishing(), shipping(), noting(), copying(), levelling()}
}

// restock are the moves in the back office that set a product's stock.
func restock(name, n string) []task.Move {
	return inOffice(append(admintasks.OpenProduct(name), task.Enter("Pieces in stock", n), task.Press("Save product")))
}

// cheapest asks for the stock of a product that has to be found in the shop.
func cheapest() template {
	solve := func(w *Worlds, p task.Params, n string) []task.Move {
		return append(shoptasks.ToCheapest(p), restock(shoptasks.Cheapest(w.Shop(), p).Name, n)...)
	}
	return template{
		Name: "restock-cheapest", Kind: task.Change, Level: 3,
		Goal: `Find out in the shop which product of the brand "{brand}" is the cheapest in the category {category}, and set its stock to "{pieces}" pieces in the back office.`,
		Draw: func(w *Worlds, r *rand.Rand) task.Params {
			c := task.AnyOf(r, w.Categories)
			return task.Params{"brand": task.AnyOf(r, c.Brands), "category": c.Name, "pieces": pieces(r)}
		},
		Want: func(w *Worlds, p task.Params) (task.Want, bool) {
			one := shoptasks.Cheapest(w.Shop(), p)
			n, err := strconv.Atoi(p["pieces"])
			if one == nil || err != nil || n == one.Stock {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.StockChange(one.ID, n)}}, true
		},
		Moves: func(w *Worlds, p task.Params) []task.Move { return solve(w, p, p["pieces"]) },
		Wrong: func(w *Worlds, p task.Params) []task.Move { return solve(w, p, task.More(p["pieces"])) },
	}
}

// wish are the moves in the shop that put a product on the wish list.
func wish(name string) []task.Move {
	return append(shoptasks.Open(name), task.Press("Add to wish list"))
}

// wishing asks for a change on either site.
func wishing() template {
	return template{
		Name: "wish-restock", Kind: task.Change, Level: 2, Goal: `Put the product "{product}" on my wish list in the shop, and set its stock to "{pieces}" pieces in the back office.`,
		Draw: func(w *Worlds, r *rand.Rand) task.Params {
			return task.Params{"product": task.AnyOf(r, w.Products).Name, "pieces": pieces(r)}
		},
		Want: func(w *Worlds, p task.Params) (task.Want, bool) {
			one := product(w, p["product"])
			n, err := strconv.Atoi(p["pieces"])
			if one == nil || err != nil || n == one.Stock || slices.Contains(w.Me().Wishes, one.ID) {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.WishChange(one.ID, true), shop.StockChange(one.ID, n)}}, true
		},
		Moves: func(_ *Worlds, p task.Params) []task.Move {
			return append(wish(p["product"]), restock(p["product"], p["pieces"])...)
		},
		Wrong: func(_ *Worlds, p task.Params) []task.Move { return wish(p["product"]) },
	}
}

// next is the number of the first order that is placed in a session.
func next(w *Worlds) string {
	n, _ := strconv.Atoi(w.Orders[0].Number) // numbers are figures
	return strconv.Itoa(n + 1)
}

// shipping asks for an order and for what becomes of it.
func shipping() template {
	buy := func(w *Worlds, p task.Params, status string) []task.Move {
		moves := shoptasks.Put(p, "1")
		moves[len(moves)-1] = task.Press("Buy now")
		moves = append(moves, inOffice(admintasks.OpenOrder(next(w)))...)
		return append(moves, task.Choose("New status", status), task.Press("Change status"))
	}
	return template{
		Name: "buy-and-ship", Kind: task.Change, Level: 3,
		Goal: `Buy one piece of the product "{product}" ({choice}) in the shop with "Buy now", and mark that order as {status} in the back office.`,
		Draw: func(w *Worlds, r *rand.Rand) task.Params {
			p := shoptasks.Chosen(w.Shop(), r)
			if p != nil {
				p["quantity"], p["status"] = "1", task.AnyOf(r, []string{shop.Processing, shop.Shipped})
			}
			return p
		},
		Want: func(w *Worlds, p task.Params) (task.Want, bool) {
			l, ok := shoptasks.LineOf(w.Shop(), p)
			if !ok || l.Quantity != 1 || p["status"] != shop.Processing && p["status"] != shop.Shipped {
				return task.Want{}, false
			}
			me := w.Me()
			o := &shop.Order{Lines: []shop.Line{l}, Name: me.Name, Address: me.Address, Shipping: shop.Methods()[0].Name, Payment: shop.Payments()[0][1]}
			return task.Want{Changes: []string{shop.OrderChange(o), shop.StatusChange(next(w), p["status"])}}, true
		},
		Moves: func(w *Worlds, p task.Params) []task.Move { return buy(w, p, p["status"]) },
		Wrong: func(w *Worlds, p task.Params) []task.Move { return buy(w, p, shop.Delivered) },
	}
}

// noting asks for a note on an order that the shop tells the number of.
func noting() template {
	// which order it is, by how a goal says it
	which := []string{"newest", "second newest", "third newest"}
	note := func(w *Worlds, i int, text string) []task.Move {
		number := w.Me().Orders[i].Number
		moves := append([]task.Move{task.Press("My orders")}, inOffice(admintasks.OpenOrder(number))...)
		return append(moves, task.Enter("New note", text), task.Press("Add note"))
	}
	return template{
		Name: "note-mine", Kind: task.Change, Level: 2, Goal: `Find out in the shop which of my orders is the {which}, and add the note "{text}" to it in the back office.`,
		Draw: func(_ *Worlds, r *rand.Rand) task.Params {
			text := fmt.Sprintf("%s before %d o'clock.", task.AnyOf(r, []string{"Call", "Deliver", "Ring", "Come by"}), 7+r.IntN(12))
			return task.Params{"which": task.AnyOf(r, which), "text": text}
		},
		Want: func(w *Worlds, p task.Params) (task.Want, bool) {
			i := slices.Index(which, p["which"])
			if i < 0 || p["text"] == "" {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{admin.NoteChange(w.Me().Orders[i].Number, p["text"])}}, true
		},
		Moves: func(w *Worlds, p task.Params) []task.Move {
			return note(w, slices.Index(which, p["which"]), p["text"])
		},
		Wrong: func(w *Worlds, p task.Params) []task.Move {
			return note(w, slices.Index(which, p["which"])+1, p["text"])
		},
	}
}

// copying asks for something in the shop that the back office tells.
func copying() template {
	return template{
		Name: "wish-bought", Kind: task.Change, Level: 3, Unseen: true, Goal: `Look up in the back office which product was bought with order {order}, and put it on my wish list in the shop.`,
		Draw: single,
		Want: func(w *Worlds, p task.Params) (task.Want, bool) {
			one := only(w, p)
			if one == nil || slices.Contains(w.Me().Wishes, one.ID) {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.WishChange(one.ID, true)}}, true
		},
		Moves: func(w *Worlds, p task.Params) []task.Move {
			return append(inOffice(admintasks.OpenOrder(p["order"])), inShop(wish(only(w, p).Name))...)
		},
		Wrong: func(w *Worlds, p task.Params) []task.Move {
			i := slices.IndexFunc(w.Products, func(other *shop.Product) bool {
				return other != only(w, p) && !slices.Contains(w.Me().Wishes, other.ID)
			})
			return wish(w.Products[i].Name)
		},
	}
}

// levelling asks for a price that the shop tells.
func levelling() template {
	level := func(w *Worlds, p task.Params, cents int) []task.Move {
		moves := append(shoptasks.Open(p["product"]), inOffice(admintasks.OpenProduct(p["other"]))...)
		return append(moves, task.Enter("Price in dollars", fmt.Sprintf("%d.%02d", cents/100, cents%100)), task.Press("Save product"))
	}
	return template{
		Name: "same-price", Kind: task.Change, Level: 2, Unseen: true,
		Goal: `Look up what the product "{product}" costs in the shop, and give the product "{other}" the same price in the back office.`,
		Draw: func(w *Worlds, r *rand.Rand) task.Params {
			return task.Params{"product": task.AnyOf(r, w.Products).Name, "other": task.AnyOf(r, w.Products).Name}
		},
		Want: func(w *Worlds, p task.Params) (task.Want, bool) {
			one, other := product(w, p["product"]), product(w, p["other"])
			if one == nil || other == nil || one.Price == other.Price {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.PriceChange(other.ID, one.Price)}}, true
		},
		Moves: func(w *Worlds, p task.Params) []task.Move { return level(w, p, product(w, p["product"]).Price) },
		Wrong: func(w *Worlds, p task.Params) []task.Move {
			return level(w, p, product(w, p["product"]).Price+product(w, p["other"]).Price)
		},
	}
}
