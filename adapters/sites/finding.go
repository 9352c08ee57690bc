package sites

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"dreamgym/fixtures/sites/shop"
)

var (
	amount  = regexp.MustCompile(`^(\$[\d,]+\.\d\d)$`)
	reviews = regexp.MustCompile(`^(\d+) reviews?$`)
	author  = regexp.MustCompile(`^by (.+)$`)
)

// finding are the templates that ask.
func finding() []template {
	return []template{
		{
			name: "price", kind: find, level: 1, goal: `What does the product "{product}" cost? Answer with the price alone.`,
			draw: product, moves: toProduct,
			want: ofProduct(func(p *shop.Product) want { return want{answer: price(p.Price)} }),
			read: func(p params) func(screen) string {
				return func(s screen) string { return s.main().first(amount) }
			},
		},
		{
			name: "review-count", kind: find, level: 1, goal: `How many customer reviews does the product "{product}" have? Answer with the number alone.`,
			draw: product, moves: toProduct,
			want: ofProductWith(reviewed, func(p *shop.Product) want { return want{answer: fmt.Sprint(len(p.Reviews))} }),
			read: func(p params) func(screen) string {
				return func(s screen) string { return s.main().first(reviews) }
			},
		},
		{
			name: "detail", kind: find, level: 1, goal: `Look up "{product}": what does the shop say for "{detail}"? Answer with what stands there.`,
			draw: func(w *shop.World, r *rand.Rand) params {
				p := anyOf(r, w.Products)
				return params{"product": p.Name, "detail": anyOf(r, p.Facts)[0]}
			},
			moves: toProduct, want: detail,
			read: func(p params) func(screen) string {
				return func(s screen) string { return s.told(p["detail"]) }
			},
		},
		cheapest(),
		orderTotal(),
		orderStatus(),
		reviewer(),
		pieces(),
	}
}

func orderTotal() template {
	return template{
		name: "order-total", kind: find, level: 2, goal: `What was the total of my order {order}, shipping included? Answer with the amount alone.`,
		draw: order, moves: toOrder,
		want: ofOrder(func(o *shop.Order) want { return want{answer: price(o.Total())} }),
		read: func(params) func(screen) string { return func(s screen) string { return s.told("Total") } },
	}
}

func orderStatus() template {
	return template{
		name: "order-status", kind: find, level: 1, goal: `What is the status of my order {order}? Answer with one word.`,
		draw: order, moves: toOrder,
		want: ofOrder(func(o *shop.Order) want { return want{answer: o.Status} }),
		read: func(params) func(screen) string { return func(s screen) string { return s.told("Status") } },
	}
}

// price writes cents as the shop does.
func price(cents int) string {
	whole := fmt.Sprint(cents / 100)
	if len(whole) > 3 {
		whole = whole[:len(whole)-3] + "," + whole[len(whole)-3:]
	}
	return fmt.Sprintf("$%s.%02d", whole, cents%100)
}

func reviewed(p *shop.Product) bool { return len(p.Reviews) > 0 }

// ofProductWith is ofProduct for products that a condition holds for.
func ofProductWith(holds func(*shop.Product) bool, f func(p *shop.Product) want) func(*shop.World, params) (want, bool) {
	return func(w *shop.World, p params) (want, bool) {
		one := named(w, p["product"])
		if one == nil || !holds(one) {
			return want{}, false
		}
		return f(one), true
	}
}

func detail(w *shop.World, p params) (want, bool) {
	one := named(w, p["product"])
	if one == nil {
		return want{}, false
	}
	i := slices.IndexFunc(one.Facts, func(f [2]string) bool { return f[0] == p["detail"] })
	if i < 0 {
		return want{}, false
	}
	return want{answer: one.Facts[i][1]}, true
}

// cheapest asks for one product of a brand.
func cheapest() template {
	return template{
		name: "cheapest", kind: find, level: 3, goal: `Which product of the brand "{brand}" is the cheapest in the category {category}? Answer with its full name.`,
		draw: func(w *shop.World, r *rand.Rand) params {
			c := anyOf(r, w.Categories)
			return params{"brand": anyOf(r, c.Brands), "category": c.Name}
		},
		want: func(w *shop.World, p params) (want, bool) {
			var best []*shop.Product
			for _, one := range w.Products {
				switch {
				case one.Brand != p["brand"] || one.Category.Name != p["category"]:
				case len(best) == 0 || one.Price < best[0].Price:
					best = []*shop.Product{one}
				case one.Price == best[0].Price:
					best = append(best, one)
				}
			}
			if len(best) != 1 {
				return want{}, false
			}
			return want{answer: best[0].Name}, true
		},
		moves: func(_ *shop.World, p params) []move {
			return []move{press(p["category"], "link"), press(p["brand"], "checkbox"), choose("Sort by", "Price: low to high")}
		},
		read: func(p params) func(screen) string {
			return func(s screen) string {
				for _, l := range s.main() {
					if l.role == "link" && strings.HasPrefix(l.name, p["brand"]+" ") {
						return l.name
					}
				}
				return ""
			}
		},
	}
}

// reviewer asks for who wrote something.
func reviewer() template {
	return template{
		name: "reviewer", kind: find, level: 2, unseen: true, goal: `Who wrote the review "{title}" of the product "{product}"? Answer with the full name.`,
		draw: func(w *shop.World, r *rand.Rand) params {
			p := anyOf(r, w.Products)
			if !reviewed(p) {
				return nil
			}
			return params{"product": p.Name, "title": anyOf(r, p.Reviews).Title}
		},
		want: func(w *shop.World, p params) (want, bool) {
			var authors []string
			if one := named(w, p["product"]); one != nil {
				for _, v := range one.Reviews {
					if v.Title == p["title"] {
						authors = append(authors, v.Author)
					}
				}
			}
			if len(authors) != 1 {
				return want{}, false
			}
			return want{answer: authors[0]}, true
		},
		moves: func(_ *shop.World, p params) []move { return append(open(p["product"]), until(p["title"])) },
		read: func(p params) func(screen) string {
			return func(s screen) string {
				return s.after(func(l line) bool { return l.role == "text" && l.name == p["title"] }).first(author)
			}
		},
	}
}

// pieces asks for a cell of a table.
func pieces() template {
	return template{
		name: "pieces", kind: find, level: 2, unseen: true, goal: `How many pieces of "{product}" did I buy with my order {order}? Answer with the number alone.`,
		draw: func(w *shop.World, r *rand.Rand) params {
			o := anyOf(r, w.Me().Orders)
			return params{"order": o.Number, "product": anyOf(r, o.Lines).Product.Name}
		},
		want: func(w *shop.World, p params) (want, bool) {
			if o := ordered(w, p["order"]); o != nil {
				for _, l := range o.Lines {
					if l.Product.Name == p["product"] {
						return want{answer: fmt.Sprint(l.Quantity)}, true
					}
				}
			}
			return want{}, false
		},
		moves: toOrder,
		read: func(p params) func(screen) string {
			const quantity = 2 // after the product come its options, its price and how many
			return func(s screen) string {
				cells := s.after(func(l line) bool { return l.role == "link" && l.name == p["product"] })
				if len(cells) <= quantity {
					return ""
				}
				return cells[quantity].name
			}
		},
	}
}
