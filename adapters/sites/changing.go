package sites

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"dreamgym/fixtures/sites/shop"
)

// changing are the templates that ask for a change.
func changing() []template {
	return []template{toCart(), toWishes(), writing(), moving(), buying(), cancelling(), unwishing(), reordering()}
}

// chosen draws a product in stock with a choice of its options and a quantity.
func chosen(w *shop.World, r *rand.Rand) params {
	p := anyOf(r, w.Products)
	n := 1 + r.IntN(4)
	if p.Stock <= n {
		return nil
	}
	var choice []string
	for _, o := range p.Options {
		choice = append(choice, o.Name+": "+anyOf(r, o.Values))
	}
	return params{"product": p.Name, "choice": strings.Join(choice, ", "), "quantity": strconv.Itoa(n)}
}

// lineOf is what chosen drew as a line of a cart.
func lineOf(w *shop.World, p params) (shop.Line, bool) {
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

// put are the moves that put n pieces into the cart.
func put(p params, quantity string) []move {
	moves := open(p["product"])
	for _, part := range strings.Split(p["choice"], ", ") {
		name, value, _ := strings.Cut(part, ": ")
		moves = append(moves, choose(name, value))
	}
	return append(moves, enter("Quantity", quantity), press("Add to cart"))
}

// more is one more than a number.
func more(number string) string {
	n, _ := strconv.Atoi(number) // it was checked when the task was
	return strconv.Itoa(n + 1)
}

func toCart() template {
	return template{
		name: "cart", kind: change, level: 2, goal: `Put "{quantity}" of the product "{product}" ({choice}) into my cart.`,
		draw: chosen,
		want: func(w *shop.World, p params) (want, bool) {
			l, ok := lineOf(w, p)
			if !ok {
				return want{}, false
			}
			return want{changes: []string{shop.CartChange(l)}}, true
		},
		moves: func(_ *shop.World, p params) []move { return put(p, p["quantity"]) },
		wrong: func(_ *shop.World, p params) []move { return put(p, more(p["quantity"])) },
	}
}

func toWishes() template {
	wish := func(name string) []move { return append(open(name), press("Add to wish list")) }
	return template{
		name: "wish", kind: change, level: 1, goal: `Put the product "{product}" on my wish list.`,
		draw: func(w *shop.World, r *rand.Rand) params {
			return params{"product": anyOf(r, w.Products).Name}
		},
		want: func(w *shop.World, p params) (want, bool) {
			one := named(w, p["product"])
			if one == nil || slices.Contains(w.Me().Wishes, one.ID) {
				return want{}, false
			}
			return want{changes: []string{shop.WishChange(one.ID, true)}}, true
		},
		moves: func(_ *shop.World, p params) []move { return wish(p["product"]) },
		wrong: func(w *shop.World, p params) []move { return wish(neighbour(w, p["product"])) },
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
	write := func(p params, stars string) []move {
		unit := " stars"
		if stars == "1" {
			unit = " star"
		}
		return append(open(p["product"]), press("Write a review", "link"), choose("Stars", stars+unit), enter("Title", p["title"]), enter("Your opinion", p["text"]), press("Send review"))
	}
	return template{
		name: "review", kind: change, level: 3, goal: `Review the product "{product}": {stars} of 5 stars, the title "{title}" and the text "{text}"`,
		draw: func(w *shop.World, r *rand.Rand) params {
			o := anyOf(r, opinions)
			return params{"product": anyOf(r, w.Products).Name, "stars": o[0], "title": o[1], "text": o[2]}
		},
		want: func(w *shop.World, p params) (want, bool) {
			one := named(w, p["product"])
			stars, err := strconv.Atoi(p["stars"])
			if one == nil || err != nil {
				return want{}, false
			}
			return want{changes: []string{shop.ReviewChange(one.ID, shop.Review{Stars: stars, Title: p["title"], Text: p["text"]})}}, true
		},
		moves: func(_ *shop.World, p params) []move { return write(p, p["stars"]) },
		wrong: func(_ *shop.World, p params) []move { return write(p, other(p["stars"])) },
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
			return fmt.Sprintf("%s Lane %d", anyOf(r, []string{"Abbey", "Copper", "Linden", "Potter"}), 1+r.IntN(90))
		},
		"city": func(r *rand.Rand) string {
			return anyOf(r, []string{"Norrby", "Ostwick", "Pelham", "Rundal", "Selbro", "Tornea"})
		},
		"postcode": func(r *rand.Rand) string { return strconv.Itoa(10000 + r.IntN(89999)) },
	}
	save := func(p params, value string) []move {
		return []move{press("My account"), press("Edit my details"), enter(labels[p["field"]], value), press("Save")}
	}
	return template{
		name: "details", kind: change, level: 1, goal: `Change the {field} of my account to "{value}" and leave all else as it is.`,
		draw: func(_ *shop.World, r *rand.Rand) params {
			f := anyOf(r, []string{"phone", "street", "city", "postcode"})
			return params{"field": f, "value": values[f](r)}
		},
		want: func(_ *shop.World, p params) (want, bool) {
			return want{changes: []string{shop.FieldChange(p["field"], p["value"])}}, labels[p["field"]] != "" && p["value"] != ""
		},
		moves: func(_ *shop.World, p params) []move { return save(p, p["value"]) },
		wrong: func(_ *shop.World, p params) []move { return save(p, reversed(p["value"])) },
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
	order := func(p params, shipping string) []move {
		m := shop.Methods()[slices.IndexFunc(shop.Methods(), func(m shop.Method) bool { return m.Name == shipping })]
		return append(put(p, p["quantity"]), press("Go to checkout"), press(m.Name+" ("+price(m.Fee)+")", "radio"), press(p["payment"], "radio"), press("Place order"))
	}
	return template{
		name: "order", kind: change, level: 3, goal: `Order "{quantity}" of the product "{product}" ({choice}), to my own address, with {shipping} shipping, paid by {payment}.`,
		draw: func(w *shop.World, r *rand.Rand) params {
			p := chosen(w, r)
			if p != nil {
				p["shipping"], p["payment"] = anyOf(r, shop.Methods()[:2]).Name, anyOf(r, []string{"Invoice", "Bank transfer"})
			}
			return p
		},
		want: func(w *shop.World, p params) (want, bool) {
			l, ok := lineOf(w, p)
			o := &shop.Order{Lines: []shop.Line{l}, Name: w.Me().Name, Address: w.Me().Address, Shipping: p["shipping"], Payment: p["payment"]}
			if !ok || o.Shipping == "" || o.Payment == "" {
				return want{}, false
			}
			return want{changes: []string{shop.OrderChange(o)}}, true
		},
		moves: func(_ *shop.World, p params) []move { return order(p, p["shipping"]) },
		wrong: func(_ *shop.World, p params) []move { return order(p, "Pick-up point") },
	}
}
