package shoptasks

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/shop"
)

// changing are the templates that ask for a change.
func changing() []template {
	return []template{toCart(), toWishes(), writing(), moving(), buying(), cancelling(), unwishing(), reordering()}
}

// Chosen draws a product in stock with a choice of its options and a quantity.
func Chosen(w *shop.World, r *rand.Rand) task.Params {
	p := task.AnyOf(r, w.Products)
	n := 1 + r.IntN(4)
	if p.Stock <= n {
		return nil
	}
	var choice []string
	for _, o := range p.Options {
		choice = append(choice, o.Name+": "+task.AnyOf(r, o.Values))
	}
	return task.Params{"product": p.Name, "choice": strings.Join(choice, ", "), "quantity": strconv.Itoa(n)}
}

// LineOf is what Chosen drew as a line of a cart.
func LineOf(w *shop.World, p task.Params) (shop.Line, bool) {
	one := named(w, p["product"])
	n, err := strconv.Atoi(p["quantity"])
	if one == nil || err != nil || n < 1 || one.Stock <= n {
		return shop.Line{}, false
	}
	l := shop.Line{Product: one, Quantity: n, Price: one.Price}
	parts := strings.Split(p["choice"], ", ")
	if len(parts) != len(one.Options) {
		return l, false
	}
	for i, o := range one.Options {
		value, ok := strings.CutPrefix(parts[i], o.Name+": ")
		if !ok || !slices.Contains(o.Values, value) {
			return l, false
		}
		l.Choice = append(l.Choice, value)
	}
	return l, true
}

// Put are the moves that put n pieces into the cart.
func Put(p task.Params, quantity string) []task.Move {
	moves := Open(p["product"])
	for _, part := range strings.Split(p["choice"], ", ") {
		name, value, _ := strings.Cut(part, ": ")
		moves = append(moves, task.Choose(name, value))
	}
	return append(moves, task.Enter("Quantity", quantity), task.Press("Add to cart"))
}

// more is one more than a number.
func more(number string) string {
	n, _ := strconv.Atoi(number) // it was checked when the task was
	return strconv.Itoa(n + 1)
}

func toCart() template {
	return template{
		Name: "cart", Kind: task.Change, Level: 2, Goal: `Put "{quantity}" of the product "{product}" ({choice}) into my cart.`,
		Draw: Chosen,
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			l, ok := LineOf(w, p)
			if !ok {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.CartChange(l)}}, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move { return Put(p, p["quantity"]) },
		Wrong: func(_ *shop.World, p task.Params) []task.Move { return Put(p, more(p["quantity"])) },
	}
}

func toWishes() template {
	wish := func(name string) []task.Move { return append(Open(name), task.Press("Add to wish list")) }
	return template{
		Name: "wish", Kind: task.Change, Level: 1, Goal: `Put the product "{product}" on my wish list.`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			return task.Params{"product": task.AnyOf(r, w.Products).Name}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			one := named(w, p["product"])
			if one == nil || slices.Contains(w.Me().Wishes, one.ID) {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.WishChange(one.ID, true)}}, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move { return wish(p["product"]) },
		Wrong: func(w *shop.World, p task.Params) []task.Move { return wish(neighbour(w, p["product"])) },
	}
}

// neighbour is another product, not on the wish list.
func neighbour(w *shop.World, name string) string {
	i := slices.IndexFunc(w.Products, func(p *shop.Product) bool { return p.Name != name && !slices.Contains(w.Me().Wishes, p.ID) })
	return w.Products[i].Name
}

// writing asks for a review.
func writing() template {
	opinions := [][3]string{
		{"1", "Fell apart", "It lasted for two days and then fell apart."}, {"2", "Too dear", "There are better ones for less money."},
		{"3", "Does its job", "Nothing special, nothing wrong either."}, {"4", "Quite good", "I like it, but the lid could be tighter."},
		{"5", "A small wonder", "I have given three of these as presents."},
	}
	write := func(p task.Params, stars string) []task.Move {
		unit := " stars"
		if stars == "1" {
			unit = " star"
		}
		return append(Open(p["product"]), task.Press("Write a review", "link"), task.Choose("Stars", stars+unit), task.Enter("Title", p["title"]), task.Enter("Your opinion", p["text"]), task.Press("Send review"))
	}
	return template{
		Name: "review", Kind: task.Change, Level: 3, Goal: `Review the product "{product}": {stars} of 5 stars, the title "{title}" and the text "{text}"`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			o := task.AnyOf(r, opinions)
			return task.Params{"product": task.AnyOf(r, w.Products).Name, "stars": o[0], "title": o[1], "text": o[2]}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			one := named(w, p["product"])
			stars, err := strconv.Atoi(p["stars"])
			if one == nil || err != nil {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.ReviewChange(one.ID, shop.Review{Stars: stars, Title: p["title"], Text: p["text"]})}}, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move { return write(p, p["stars"]) },
		Wrong: func(_ *shop.World, p task.Params) []task.Move { return write(p, other(p["stars"])) },
	}
}

// other is another number of stars.
func other(stars string) string {
	if stars == "5" {
		return "4"
	}
	return more(stars)
}

// moving asks for another value of a field of the account.
func moving() template {
	labels := map[string]string{"phone": "Phone", "street": "Street and number", "city": "City", "postcode": "Postcode"}
	values := map[string]func(r *rand.Rand) string{
		"phone": func(r *rand.Rand) string { return fmt.Sprintf("0%d-%06d", 20+r.IntN(70), r.IntN(1000000)) },
		"street": func(r *rand.Rand) string {
			return fmt.Sprintf("%s Lane %d", task.AnyOf(r, []string{"Abbey", "Copper", "Linden", "Potter"}), 1+r.IntN(90))
		},
		"city": func(r *rand.Rand) string {
			return task.AnyOf(r, []string{"Norrby", "Ostwick", "Pelham", "Rundal", "Selbro", "Tornea"})
		},
		"postcode": func(r *rand.Rand) string { return strconv.Itoa(10000 + r.IntN(89999)) },
	}
	save := func(p task.Params, value string) []task.Move {
		return []task.Move{task.Press("My account"), task.Press("Edit my details"), task.Enter(labels[p["field"]], value), task.Press("Save")}
	}
	return template{
		Name: "details", Kind: task.Change, Level: 1, Goal: `Change the {field} of my account to "{value}" and leave all else as it is.`,
		Draw: func(_ *shop.World, r *rand.Rand) task.Params {
			f := task.AnyOf(r, []string{"phone", "street", "city", "postcode"})
			return task.Params{"field": f, "value": values[f](r)}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			return task.Want{Changes: []string{shop.FieldChange(w.Me().Email, p["field"], p["value"])}}, labels[p["field"]] != "" && p["value"] != ""
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move { return save(p, p["value"]) },
		Wrong: func(_ *shop.World, p task.Params) []task.Move { return save(p, reversed(p["value"])) },
	}
}

// reversed is a value that is not the same, and of the same length.
func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	if string(b) == s {
		b[0] ^= 1
	}
	return string(b)
}

// buying asks for an order.
func buying() template {
	order := func(p task.Params, shipping string) []task.Move {
		m := shop.Methods()[slices.IndexFunc(shop.Methods(), func(m shop.Method) bool { return m.Name == shipping })]
		return append(Put(p, p["quantity"]), task.Press("Go to checkout"), task.Press(m.Name+" ("+price(m.Fee)+")", "radio"), task.Press(p["payment"], "radio"), task.Press("Place order"))
	}
	return template{
		Name: "order", Kind: task.Change, Level: 3, Goal: `Order "{quantity}" of the product "{product}" ({choice}), to my own address, with {shipping} shipping, paid by {payment}.`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			p := Chosen(w, r)
			if p != nil {
				p["shipping"], p["payment"] = task.AnyOf(r, shop.Methods()[:2]).Name, task.AnyOf(r, []string{"Invoice", "Bank transfer"})
			}
			return p
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			l, ok := LineOf(w, p)
			o := &shop.Order{Lines: []shop.Line{l}, Name: w.Me().Name, Address: w.Me().Address, Shipping: p["shipping"], Payment: p["payment"]}
			if !ok || o.Shipping == "" || o.Payment == "" {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.OrderChange(o)}}, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move { return order(p, p["shipping"]) },
		Wrong: func(_ *shop.World, p task.Params) []task.Move { return order(p, "Pick-up point") },
	}
}
