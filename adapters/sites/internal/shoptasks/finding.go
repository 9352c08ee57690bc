package shoptasks

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"dreamgym/adapters/sites/internal/task"
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
		Price(),
		{
			Name: "review-count", Kind: task.Find, Level: 1, Goal: `How many customer reviews does the product "{product}" have? Answer with the number alone.`,
			Draw: product, Moves: toProduct,
			Want: ofProductWith(reviewed, func(p *shop.Product) task.Want { return task.Want{Answer: fmt.Sprint(len(p.Reviews))} }),
			Read: func(p task.Params) func(task.Screen) string {
				return func(s task.Screen) string { return s.Main().First(reviews) }
			},
		},
		{
			Name: "detail", Kind: task.Find, Level: 1, Goal: `Look up "{product}": what does the shop say for "{detail}"? Answer with what stands there.`,
			Draw: func(w *shop.World, r *rand.Rand) task.Params {
				p := task.AnyOf(r, w.Products)
				return task.Params{"product": p.Name, "detail": task.AnyOf(r, p.Facts)[0]}
			},
			Moves: toProduct, Want: detail,
			Read: func(p task.Params) func(task.Screen) string {
				return func(s task.Screen) string { return s.Told(p["detail"]) }
			},
		},
		cheapest(),
		orderTotal(),
		orderStatus(),
		reviewer(),
		pieces(),
	}
}

// Price asks what a product costs.
func Price() template {
	return template{
		Name: "price", Kind: task.Find, Level: 1, Goal: `What does the product "{product}" cost? Answer with the price alone.`,
		Draw: product, Moves: toProduct,
		Want: ofProduct(func(p *shop.Product) task.Want { return task.Want{Answer: shop.Money(p.Price)} }),
		Read: func(p task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return s.Main().First(amount) }
		},
	}
}

func orderTotal() template {
	return template{
		Name: "order-total", Kind: task.Find, Level: 2, Goal: `What was the total of my order {order}, shipping included? Answer with the amount alone.`,
		Draw: order, Moves: toOrder,
		Want: ofOrder(func(o *shop.Order) task.Want { return task.Want{Answer: shop.Money(o.Total())} }),
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return s.Told("Total") }
		},
	}
}

func orderStatus() template {
	return template{
		Name: "order-status", Kind: task.Find, Level: 1, Goal: `What is the status of my order {order}? Answer with one word.`,
		Draw: order, Moves: toOrder,
		Want: ofOrder(func(o *shop.Order) task.Want { return task.Want{Answer: o.Status} }),
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return s.Told("Status") }
		},
	}
}

func reviewed(p *shop.Product) bool { return len(p.Reviews) > 0 }

// ofProductWith is ofProduct for products that a condition holds for.
func ofProductWith(holds func(*shop.Product) bool, f func(p *shop.Product) task.Want) func(*shop.World, task.Params) (task.Want, bool) {
	return func(w *shop.World, p task.Params) (task.Want, bool) {
		one := named(w, p["product"])
		if one == nil || !holds(one) {
			return task.Want{}, false
		}
		return f(one), true
	}
}

func detail(w *shop.World, p task.Params) (task.Want, bool) {
	one := named(w, p["product"])
	if one == nil {
		return task.Want{}, false
	}
	i := slices.IndexFunc(one.Facts, func(f [2]string) bool { return f[0] == p["detail"] })
	if i < 0 {
		return task.Want{}, false
	}
	return task.Want{Answer: one.Facts[i][1]}, true
}

// cheapest asks for one product of a brand.
func cheapest() template {
	return template{
		Name: "cheapest", Kind: task.Find, Level: 3, Goal: `Which product of the brand "{brand}" is the cheapest in the category {category}? Answer with its full name.`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			c := task.AnyOf(r, w.Categories)
			return task.Params{"brand": task.AnyOf(r, c.Brands), "category": c.Name}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			best := Cheapest(w, p)
			if best == nil {
				return task.Want{}, false
			}
			return task.Want{Answer: best.Name}, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move { return ToCheapest(p) },
		Read: func(p task.Params) func(task.Screen) string {
			return func(s task.Screen) string {
				for _, l := range s.Main() {
					if l.Role == "link" && strings.HasPrefix(l.Name, p["brand"]+" ") {
						return l.Name
					}
				}
				return ""
			}
		},
	}
}

// dearest is more than anything costs, in cents.
const dearest = 1 << 30

// Cheapest is the product that costs less than any other of the params' brand and category,
// nil where there is no one.
func Cheapest(w *shop.World, p task.Params) *shop.Product {
	return task.Most(w.Products, func(one *shop.Product) int {
		if one.Brand != p["brand"] || one.Category.Name != p["category"] {
			return 0
		}
		return dearest - one.Price
	})
}

// ToCheapest are the moves to the list that Cheapest is the first of.
func ToCheapest(p task.Params) []task.Move {
	return []task.Move{task.Press(p["category"], "link"), task.Press(p["brand"], "checkbox"), task.Choose("Sort by", "Price: low to high")}
}

// reviewer asks for who wrote something.
func reviewer() template {
	return template{
		Name: "reviewer", Kind: task.Find, Level: 2, Unseen: true, Goal: `Who wrote the review "{title}" of the product "{product}"? Answer with the full name.`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			p := task.AnyOf(r, w.Products)
			if !reviewed(p) {
				return nil
			}
			return task.Params{"product": p.Name, "title": task.AnyOf(r, p.Reviews).Title}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			var authors []string
			if one := named(w, p["product"]); one != nil {
				for _, v := range one.Reviews {
					if v.Title == p["title"] {
						authors = append(authors, v.Author)
					}
				}
			}
			if len(authors) != 1 {
				return task.Want{}, false
			}
			return task.Want{Answer: authors[0]}, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move {
			return append(Open(p["product"]), task.Until(p["title"]))
		},
		Read: func(p task.Params) func(task.Screen) string {
			return func(s task.Screen) string {
				return s.After(func(l task.Line) bool { return l.Role == "text" && l.Name == p["title"] }).First(author)
			}
		},
	}
}

// pieces asks for a cell of a table.
func pieces() template {
	return template{
		Name: "pieces", Kind: task.Find, Level: 2, Unseen: true, Goal: `How many pieces of "{product}" did I buy with my order {order}? Answer with the number alone.`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			o := task.AnyOf(r, w.Me().Orders)
			return task.Params{"order": o.Number, "product": task.AnyOf(r, o.Lines).Product.Name}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			if o := ordered(w, p["order"]); o != nil {
				for _, l := range o.Lines {
					if l.Product.Name == p["product"] {
						return task.Want{Answer: fmt.Sprint(l.Quantity)}, true
					}
				}
			}
			return task.Want{}, false
		},
		Moves: toOrder,
		Read: func(p task.Params) func(task.Screen) string {
			const quantity = 2 // after the product come its options, its price and how many
			return func(s task.Screen) string {
				cells := s.After(func(l task.Line) bool { return l.Role == "link" && l.Name == p["product"] })
				if len(cells) <= quantity {
					return ""
				}
				return cells[quantity].Name
			}
		},
	}
}
