package admintasks

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/admin"
	"dreamgym/fixtures/sites/shop"
)

// changing are the templates that ask for a change of one thing.
func changing() []template {
	return []template{marking(), restocking(), pricing(), promoting(), switching(), moving(), grouping(), noting(), deleting()}
}

// marking asks for an order's status.
func marking() template {
	mark := func(number, status string) []task.Move {
		return append(OpenOrder(number), task.Choose("New status", status), task.Press("Change status"))
	}
	return template{
		Name: "mark-order", Kind: task.Change, Level: 1, Goal: `Mark order {order} as {status}.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{"order": task.AnyOf(r, w.Orders).Number, "status": task.AnyOf(r, shop.Statuses()[:4])}
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			o := ordered(w, p["order"])
			if o == nil || o.Status == p["status"] || o.Status == shop.Cancelled || !slices.Contains(shop.Statuses()[:4], p["status"]) {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.StatusChange(o.Number, p["status"])}}, true
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move { return mark(p["order"], p["status"]) },
		Wrong: func(w *admin.World, p task.Params) []task.Move {
			now := ordered(w, p["order"]).Status
			i := slices.IndexFunc(shop.Statuses(), func(s string) bool { return s != now && s != p["status"] })
			return mark(p["order"], shop.Statuses()[i])
		},
	}
}

// More is one more than a number.
func More(number string) string {
	n, _ := strconv.Atoi(number) // it was checked when the task was
	return strconv.Itoa(n + 1)
}

// restocking asks for a product's stock.
func restocking() template {
	restock := func(p task.Params, pieces string) []task.Move {
		return append(OpenProduct(p["product"]), task.Enter("Pieces in stock", pieces), task.Press("Save product"))
	}
	return template{
		Name: "restock", Kind: task.Change, Level: 1, Goal: `Set the stock of the product "{product}" to "{pieces}" pieces.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{"product": task.AnyOf(r, w.Products).Name, "pieces": strconv.Itoa(40 + r.IntN(400))}
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			one := product(w, p["product"])
			n, err := strconv.Atoi(p["pieces"])
			if one == nil || err != nil || n == one.Stock {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.StockChange(one.ID, n)}}, true
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move { return restock(p, p["pieces"]) },
		Wrong: func(_ *admin.World, p task.Params) []task.Move { return restock(p, More(p["pieces"])) },
	}
}

// pricing asks for a product's price.
func pricing() template {
	price := func(p task.Params, dollars string) []task.Move {
		return append(OpenProduct(p["product"]), task.Enter("Price in dollars", dollars), task.Press("Save product"))
	}
	return template{
		Name: "price", Kind: task.Change, Level: 1, Goal: `Change the price of the product "{product}" to "{dollars}" dollars.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{"product": task.AnyOf(r, w.Products).Name, "dollars": strconv.Itoa(5 + r.IntN(600))}
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			one := product(w, p["product"])
			n, err := strconv.Atoi(p["dollars"])
			if one == nil || err != nil || n*100 == one.Price {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.PriceChange(one.ID, n*100)}}, true
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move { return price(p, p["dollars"]) },
		Wrong: func(_ *admin.World, p task.Params) []task.Move { return price(p, p["dollars"]+".99") },
	}
}

// promoting asks for a new promotion.
func promoting() template {
	create := func(p task.Params, percent string) []task.Move {
		return []task.Move{
			task.Press("Promotions", "link"), task.Press("New promotion", "link"), task.Enter("Code", p["code"]), task.Enter("Name", p["name"]), task.Enter("Discount in percent", percent),
			task.Enter("First day", p["from"]), task.Enter("Last day", p["to"]), task.Press("Active", "checkbox"), task.Press("Save promotion"),
		}
	}
	return template{
		Name: "promote", Kind: task.Change, Level: 3,
		Goal: `Create an active promotion with the code "{code}", the name "{name}" and a discount of "{percent}" percent, from "{from}" to "{to}".`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			p := Days(w, r)
			p["code"] = fmt.Sprintf("%s%02d", task.AnyOf(r, []string{"CLOUD", "MAPLE", "RIVER", "STONE", "TIGER"}), 10+r.IntN(90))
			p["name"], p["percent"] = task.AnyOf(r, []string{"Rainy days", "Thank you", "New arrivals", "Garden season"}), strconv.Itoa(3+r.IntN(60))
			return p
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			percent, err := strconv.Atoi(p["percent"])
			from, err2 := time.Parse(day, p["from"])
			to, err3 := time.Parse(day, p["to"])
			if err != nil || err2 != nil || err3 != nil || promotion(w, p["code"]) != nil {
				return task.Want{}, false
			}
			made := &admin.Promotion{Code: p["code"], Name: p["name"], Percent: percent, From: from, Until: to, Active: true}
			return task.Want{Changes: []string{admin.PromotionChange(made)}}, true
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move { return create(p, p["percent"]) },
		Wrong: func(_ *admin.World, p task.Params) []task.Move { return create(p, More(p["percent"])) },
	}
}

// drawPromotion draws a promotion and another one, both of them active.
func drawPromotion(w *admin.World, r *rand.Rand) task.Params {
	active := slices.DeleteFunc(slices.Clone(w.Promotions), func(p *admin.Promotion) bool { return !p.Active })
	i := r.IntN(len(active))
	return task.Params{"code": active[i].Code, "other": active[(i+1)%len(active)].Code}
}

// switching asks for a promotion to be switched off.
func switching() template {
	off := func(code string) []task.Move {
		return append(openPromotion(code), task.Press("Active", "checkbox"), task.Press("Save promotion"))
	}
	return template{
		Name: "switch-off", Kind: task.Change, Level: 2, Goal: `Make the promotion {code} inactive, and leave all else of it as it is.`,
		Draw: drawPromotion,
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			one := promotion(w, p["code"])
			if one == nil || !one.Active {
				return task.Want{}, false
			}
			off := *one
			off.Active = false
			return task.Want{Changes: []string{admin.PromotionChange(&off)}}, true
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move { return off(p["code"]) },
		Wrong: func(_ *admin.World, p task.Params) []task.Move { return off(p["other"]) },
	}
}

// deleting asks for a promotion to go.
func deleting() template {
	remove := func(code string) []task.Move { return append(openPromotion(code), task.Press("Delete promotion")) }
	return template{
		Name: "delete-promotion", Kind: task.Change, Level: 1, Unseen: true, Goal: `Delete the promotion {code}.`,
		Draw: drawPromotion,
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			return task.Want{Changes: []string{admin.DeletedChange(p["code"])}}, promotion(w, p["code"]) != nil
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move { return remove(p["code"]) },
		Wrong: func(_ *admin.World, p task.Params) []task.Move { return remove(p["other"]) },
	}
}

// moving asks for two fields of a customer.
func moving() template {
	save := func(p task.Params, city string) []task.Move {
		return append(openCustomer(p["customer"]), task.Press("Edit customer"), task.Enter("Street and number", p["street"]), task.Enter("City", city), task.Press("Save customer"))
	}
	return template{
		Name: "customer-moves", Kind: task.Change, Level: 2, Goal: `The customer "{customer}" has moved to the street "{street}" in the city "{city}"; all else stays. Write it down.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{
				"customer": task.AnyOf(r, w.Customers).Name, "street": fmt.Sprintf("%s Lane %d", task.AnyOf(r, []string{"Abbey", "Copper", "Linden", "Potter"}), 1+r.IntN(90)),
				"city": task.AnyOf(r, []string{"Norrby", "Ostwick", "Pelham", "Rundal", "Selbro", "Tornea"}),
			}
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			c := customer(w, p["customer"])
			if c == nil || p["street"] == "" || p["city"] == "" {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.FieldChange(c.Email, "street", p["street"]), shop.FieldChange(c.Email, "city", p["city"])}}, true
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move { return save(p, p["city"]) },
		Wrong: func(_ *admin.World, p task.Params) []task.Move { return save(p, p["street"]) },
	}
}

// grouping asks for a customer's group.
func grouping() template {
	save := func(p task.Params, group string) []task.Move {
		return append(openCustomer(p["customer"]), task.Press("Edit customer"), task.Choose("Group", group), task.Press("Save customer"))
	}
	return template{
		Name: "customer-group", Kind: task.Change, Level: 1, Goal: `Put the customer "{customer}" into the group {group}.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{"customer": task.AnyOf(r, w.Customers).Name, "group": task.AnyOf(r, admin.Groups())}
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			c := customer(w, p["customer"])
			if c == nil || w.Group(c.Email) == p["group"] || !slices.Contains(admin.Groups(), p["group"]) {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{admin.GroupChange(c.Email, p["group"])}}, true
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move { return save(p, p["group"]) },
		Wrong: func(w *admin.World, p task.Params) []task.Move {
			now := w.Group(customer(w, p["customer"]).Email)
			i := slices.IndexFunc(admin.Groups(), func(g string) bool { return g != now && g != p["group"] })
			return save(p, admin.Groups()[i])
		},
	}
}

// noting asks for a note on an order.
func noting() template {
	note := func(number, text string) []task.Move {
		return append(OpenOrder(number), task.Enter("New note", text), task.Press("Add note"))
	}
	return template{
		Name: "note", Kind: task.Change, Level: 2, Unseen: true, Goal: `Add the note "{text}" to order {order}.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			i := r.IntN(len(w.Orders))
			return task.Params{
				"order": w.Orders[i].Number, "instead": w.Orders[(i+1)%len(w.Orders)].Number,
				"text": task.AnyOf(r, []string{"Leave it with the neighbour.", "The customer called twice.", "Wrap it as a present.", "Check the address first."}),
			}
		},
		Want: ofOrderText(func(o *shop.Order, text string) task.Want {
			return task.Want{Changes: []string{admin.NoteChange(o.Number, text)}}
		}),
		Moves: func(_ *admin.World, p task.Params) []task.Move { return note(p["order"], p["text"]) },
		Wrong: func(_ *admin.World, p task.Params) []task.Move { return note(p["instead"], p["text"]) },
	}
}

// ofOrderText makes what is wanted of the order and the text that are drawn.
func ofOrderText(f func(o *shop.Order, text string) task.Want) func(*admin.World, task.Params) (task.Want, bool) {
	return func(w *admin.World, p task.Params) (task.Want, bool) {
		o := ordered(w, p["order"])
		if o == nil || p["text"] == "" {
			return task.Want{}, false
		}
		return f(o, p["text"]), true
	}
}
