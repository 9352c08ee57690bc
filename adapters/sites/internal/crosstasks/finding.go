package crosstasks

import (
	"math/rand/v2"
	"regexp"

	"dreamgym/adapters/sites/internal/admintasks"
	"dreamgym/adapters/sites/internal/shoptasks"
	"dreamgym/adapters/sites/internal/task"
)

var author = regexp.MustCompile(`^by (.+)$`)

// finding are the templates that ask for an answer or a page.
func finding() []template {
	return []template{
		{
			Name: "best-seller-review", Kind: task.Find, Level: 3,
			Goal: `Find out in the back office of which product the most pieces were sold from "{from}" to "{to}", cancelled orders left out. Who wrote its newest review in the shop? Answer with the full name.`,
			Draw: func(w *Worlds, r *rand.Rand) task.Params { return admintasks.Days(w.World, r) },
			Want: func(w *Worlds, p task.Params) (task.Want, bool) {
				best := admintasks.MostSold(w.World, p)
				if best == nil || len(best.Reviews) == 0 {
					return task.Want{}, false
				}
				return task.Want{Answer: best.Reviews[0].Author}, true
			},
			Moves: func(w *Worlds, p task.Params) []task.Move {
				return append(inOffice(admintasks.Report("Best sellers", p)), inShop(shoptasks.Open(admintasks.MostSold(w.World, p).Name))...)
			},
			Read: func(task.Params) func(task.Screen) string {
				return func(s task.Screen) string {
					return s.After(func(l task.Line) bool { return l.Name == "Customer reviews" }).First(author)
				}
			},
		},
		{
			Name: "bought-page", Kind: task.Visit, Level: 2, Goal: `Look up in the back office which product was bought with order {order}, and open its page in the shop.`,
			Draw: single,
			Want: func(w *Worlds, p task.Params) (task.Want, bool) {
				one := only(w, p)
				if one == nil {
					return task.Want{}, false
				}
				return task.Want{Page: "/shop/product/" + one.ID}, true
			},
			Moves: func(w *Worlds, p task.Params) []task.Move {
				return append(inOffice(admintasks.OpenOrder(p["order"])), inShop(shoptasks.Open(only(w, p).Name))...)
			},
		},
	}
}
