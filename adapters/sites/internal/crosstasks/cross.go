// Package crosstasks has the tasks that need the shop and its back office both.
package crosstasks

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"dreamgym/adapters/sites/internal/admintasks"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/admin"
	"dreamgym/fixtures/sites/shop"
)

type template = task.Template[*admin.World]

// Tasks are those of sites/cross-v0. An episode begins in the shop.
func Tasks(a *admin.Admin) task.Set {
	all := slices.Concat(finding(), changing())
	for i := range all {
		all[i].Goal += " The shop is at " + task.Public + toShop + ", the back office at " + task.Public + toOffice + "."
	}
	return &task.Templates[*admin.World]{
		Scene: "cross", World: a.Worlds.Of, All: all, Names: []string{"product", "other", "order", "brand"},
		Meddle: func(w *admin.World, p task.Params) []task.Move {
			return slices.Concat([]task.Move{task.Go(toOffice)}, admintasks.Meddle(w, p), []task.Move{task.Go(toShop)})
		},
	}
}

const (
	toShop   = "/shop/"
	toOffice = "/admin/"
)

// inOffice goes to the back office for some moves.
func inOffice(moves []task.Move) []task.Move { return append([]task.Move{task.Go(toOffice)}, moves...) }

// inShop comes back to the shop for some moves.
func inShop(moves []task.Move) []task.Move { return append([]task.Move{task.Go(toShop)}, moves...) }

// product answers the product of a name, nil where there is none.
func product(w *admin.World, name string) *shop.Product {
	i := slices.IndexFunc(w.Products, func(p *shop.Product) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return w.Products[i]
}

// single draws an order of one product.
func single(w *admin.World, r *rand.Rand) task.Params {
	o := task.AnyOf(r, w.Orders)
	if len(o.Lines) != 1 {
		return nil
	}
	return task.Params{"order": o.Number}
}

// only is the product of the order that single drew, nil where there is none.
func only(w *admin.World, p task.Params) *shop.Product {
	for _, o := range w.Orders {
		if o.Number == p["order"] && len(o.Lines) == 1 {
			return o.Lines[0].Product
		}
	}
	return nil
}

// pieces draws how many pieces there are to be.
func pieces(r *rand.Rand) string { return strconv.Itoa(40 + r.IntN(400)) }
