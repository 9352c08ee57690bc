// Package crosstasks has the tasks that need several sites.
package crosstasks

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"dreamgym/adapters/sites/internal/admintasks"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/admin"
	forge "dreamgym/fixtures/sites/code"
	"dreamgym/fixtures/sites/forum"
	"dreamgym/fixtures/sites/shop"
)

// Worlds are the sites' worlds of one seed.
type Worlds struct {
	*admin.World // the shop's is in it
	Forum        *forum.World
	Code         *forge.World
}

// Shop is the shop's world.
func (w *Worlds) Shop() *shop.World { return w.World.World }

type template = task.Template[*Worlds]

// Tasks are those of sites/cross-v0. An episode begins in the shop.
func Tasks(a *admin.Admin, f *forum.Site, c *forge.Code) task.Set {
	all := slices.Concat(finding(), changing(), telling())
	for i := range all {
		all[i].Goal += " " + where
	}
	return &task.Templates[*Worlds]{
		Scene: "cross", All: all, Names: []string{"product", "other", "order", "brand", "issue", "repo"},
		World: func(seed int64) *Worlds { return &Worlds{a.Worlds.Of(seed), f.Worlds.Of(seed), c.Worlds.Of(seed)} },
		Meddle: func(w *Worlds, p task.Params) []task.Move {
			return slices.Concat([]task.Move{task.Go(toOffice)}, admintasks.Meddle(w.World, p), []task.Move{task.Go(toShop)})
		},
	}
}

const (
	toShop   = "/shop/"
	toOffice = "/admin/"
	toForum  = "/forum/"
	toCode   = "/code/"
)

// where tells a policy that cannot know it where the sites are.
const where = "The shop is at " + task.Public + toShop + ", its back office at " + task.Public + toOffice +
	", the forums at " + task.Public + toForum + ", the place for code at " + task.Public + toCode + "."

// inOffice goes to the back office for some moves.
func inOffice(moves []task.Move) []task.Move { return append([]task.Move{task.Go(toOffice)}, moves...) }

// inShop comes back to the shop for some moves.
func inShop(moves []task.Move) []task.Move { return append([]task.Move{task.Go(toShop)}, moves...) }

// product answers the product of a name, nil where there is none.
func product(w *Worlds, name string) *shop.Product {
	return task.One(w.Products, func(p *shop.Product) bool { return p.Name == name })
}

// single draws an order of one product.
func single(w *Worlds, r *rand.Rand) task.Params {
	o := task.AnyOf(r, w.Orders)
	if len(o.Lines) != 1 {
		return nil
	}
	return task.Params{"order": o.Number}
}

// only is the product of the order that single drew, nil where there is none.
func only(w *Worlds, p task.Params) *shop.Product {
	for _, o := range w.Orders {
		if o.Number == p["order"] && len(o.Lines) == 1 {
			return o.Lines[0].Product
		}
	}
	return nil
}

// pieces draws how many pieces there are to be.
func pieces(r *rand.Rand) string { return strconv.Itoa(40 + r.IntN(400)) }
