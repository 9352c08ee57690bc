package admintasks

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"time"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/admin"
	"dreamgym/fixtures/sites/shop"
)

// finding are the templates that ask.
func finding() []template {
	return []template{
		OrderCustomer(),
		{
			Name: "order-sum", Kind: task.Find, Level: 1, Goal: `What is the grand total of order {order}? Answer with the amount alone.`,
			Draw: drawOrder, Moves: toOrder, Read: told("Grand total"),
			Want: ofOrder(func(_ *admin.World, o *shop.Order) task.Want { return task.Want{Answer: shop.Money(o.Total())} }),
		},
		{
			Name: "stock", Kind: task.Find, Level: 1, Goal: `How many pieces of the product "{product}" are in stock? Answer with the number alone.`,
			Draw: drawProduct, Moves: toProduct, Read: told("In stock"),
			Want: ofProduct(func(p *shop.Product) task.Want { return task.Want{Answer: strconv.Itoa(p.Stock)} }),
		},
		detail(), counted(), sales(), ending(), bestSeller(), spent(),
	}
}

// OrderCustomer asks who placed an order.
func OrderCustomer() template {
	return template{
		Name: "order-customer", Kind: task.Find, Level: 1, Goal: `Which customer placed order {order}? Answer with the full name.`,
		Draw: drawOrder, Moves: toOrder, Read: told("Account"),
		Want: ofOrder(func(w *admin.World, o *shop.Order) task.Want { return task.Want{Answer: buyer(w, o).Name} }),
	}
}

// detail asks for what is known of a customer.
func detail() template {
	of := map[string]func(w *admin.World, c *shop.Customer) string{
		"Phone":    func(_ *admin.World, c *shop.Customer) string { return c.Phone },
		"Postcode": func(_ *admin.World, c *shop.Customer) string { return c.Address.Postcode },
		"City":     func(_ *admin.World, c *shop.Customer) string { return c.Address.City },
		"Group":    func(w *admin.World, c *shop.Customer) string { return w.Group(c.Email) },
	}
	return template{
		Name: "customer-detail", Kind: task.Find, Level: 1, Goal: `Look up the customer "{customer}": what does the back office say for "{detail}"? Answer with what stands there.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{"customer": task.AnyOf(r, w.Customers).Name, "detail": task.AnyOf(r, []string{"Phone", "Postcode", "City", "Group"})}
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			c, f := customer(w, p["customer"]), of[p["detail"]]
			if c == nil || f == nil {
				return task.Want{}, false
			}
			return task.Want{Answer: f(w, c)}, true
		},
		Moves: toCustomer, Read: func(p task.Params) func(task.Screen) string { return told(p["detail"])(p) },
	}
}

// day is how forms take a day.
const day = "2006-01-02"

// Days draws a period before a world's today.
func Days(w *admin.World, r *rand.Rand) task.Params {
	from := w.Today.AddDate(0, 0, -20-r.IntN(160))
	return task.Params{"from": from.Format(day), "to": from.AddDate(0, 0, 7+r.IntN(30)).Format(day)}
}

// sold are the orders of the period that Days drew, without those that were cancelled; ok
// is false where there is no such period.
func sold(w *admin.World, p task.Params) (list []*shop.Order, ok bool) {
	from, err := time.Parse(day, p["from"])
	to, err2 := time.Parse(day, p["to"])
	if err != nil || err2 != nil {
		return nil, false
	}
	for _, o := range w.Orders {
		if o.Status != shop.Cancelled && !o.Date.Before(from) && !o.Date.After(to) {
			list = append(list, o)
		}
	}
	return list, len(list) > 0
}

// Report are the moves to a report of a period.
func Report(name string, p task.Params) []task.Move {
	return []task.Move{task.Press("Reports", "link"), task.Press(name, "link"), task.Enter("First day", p["from"]), task.Enter("Last day", p["to"]), task.Press("Show report")}
}

var orderCount = regexp.MustCompile(`^(\d+) orders?$`)

// counted asks how many orders a filter leaves.
func counted() template {
	return template{
		Name: "count-orders", Kind: task.Find, Level: 2, Goal: `How many orders that were placed from "{from}" to "{to}" have the status {status}? Answer with the number alone.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			p := Days(w, r)
			p["status"] = task.AnyOf(r, shop.Statuses())
			return p
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			from, err := time.Parse(day, p["from"])
			to, err2 := time.Parse(day, p["to"])
			n := 0
			for _, o := range w.Orders {
				if o.Status == p["status"] && !o.Date.Before(from) && !o.Date.After(to) {
					n++
				}
			}
			return task.Want{Answer: strconv.Itoa(n)}, n > 0 && err == nil && err2 == nil
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move {
			return []task.Move{
				task.Press("Orders", "link"), task.Choose("Status", p["status"]), task.Enter("First day", p["from"]), task.Enter("Last day", p["to"]), task.Press("Apply filters"),
			}
		},
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return s.First(orderCount) }
		},
	}
}

// sales asks for the last row of a report.
func sales() template {
	return template{
		Name: "sales", Kind: task.Find, Level: 2, Goal: `What were the sales from "{from}" to "{to}" all together, cancelled orders left out? Answer with the amount alone.`,
		Draw: Days,
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			list, ok := sold(w, p)
			sum := 0
			for _, o := range list {
				sum += o.Total()
			}
			return task.Want{Answer: shop.Money(sum)}, ok
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move { return Report("Sales by period", p) },
		Read: func(task.Params) func(task.Screen) string {
			const amount = 2 // after the heading come the orders, the pieces and the amount
			return func(s task.Screen) string {
				cells := s.After(func(l task.Line) bool { return l.Name == "All together" })
				if len(cells) <= amount {
					return ""
				}
				return cells[amount].Name
			}
		},
	}
}

// ending asks for a cell of the table of promotions.
func ending() template {
	return template{
		Name: "promotion-end", Kind: task.Find, Level: 1, Goal: `What is the last day of the promotion {code}? Answer with the day as the table of promotions writes it.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{"code": task.AnyOf(r, w.Promotions).Code}
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			one := promotion(w, p["code"])
			if one == nil {
				return task.Want{}, false
			}
			return task.Want{Answer: one.Until.Format("2 January 2006")}, true
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move {
			return []task.Move{task.Press("Promotions", "link"), task.Enter("Code or name", p["code"]), task.Press("Apply filters")}
		},
		Read: func(p task.Params) func(task.Screen) string {
			const last = 3 // after the code come the name, the discount, the first and the last day
			return func(s task.Screen) string {
				cells := s.After(func(l task.Line) bool { return l.Role == "link" && l.Name == p["code"] })
				if len(cells) <= last {
					return ""
				}
				return cells[last].Name
			}
		},
	}
}

// bestSeller asks for the first row of a report.
func bestSeller() template {
	return template{
		Name: "best-seller", Kind: task.Find, Level: 3, Unseen: true, Goal: `Of which product were the most pieces sold from "{from}" to "{to}", cancelled orders left out? Answer with its full name.`,
		Draw: Days,
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			best := MostSold(w, p)
			if best == nil {
				return task.Want{}, false
			}
			return task.Want{Answer: best.Name}, true
		},
		Moves: func(_ *admin.World, p task.Params) []task.Move { return Report("Best sellers", p) },
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return s.Told("Sales") }
		},
	}
}

// MostSold is the product of which more pieces were sold in a period than of any other, nil
// where there is no one.
func MostSold(w *admin.World, p task.Params) *shop.Product {
	list, _ := sold(w, p)
	pieces := make(map[*shop.Product]int)
	for _, o := range list {
		for _, l := range o.Lines {
			pieces[l.Product] += l.Quantity
		}
	}
	return task.Most(w.Products, func(one *shop.Product) int { return pieces[one] })
}

// spent asks what a customer's orders came to.
func spent() template {
	return template{
		Name: "customer-spent", Kind: task.Find, Level: 2, Unseen: true, Goal: `How much has the customer "{customer}" spent, cancelled orders left out? Answer with the amount alone.`,
		Draw: func(w *admin.World, r *rand.Rand) task.Params {
			return task.Params{"customer": task.AnyOf(r, w.Customers).Name}
		},
		Want: func(w *admin.World, p task.Params) (task.Want, bool) {
			c := customer(w, p["customer"])
			if c == nil {
				return task.Want{}, false
			}
			sum := 0
			for _, o := range c.Orders {
				if o.Status != shop.Cancelled {
					sum += o.Total()
				}
			}
			return task.Want{Answer: shop.Money(sum)}, true
		},
		Moves: toCustomer, Read: told("Spent"),
	}
}
