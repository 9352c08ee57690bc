package shoptasks

import (
	"math/rand/v2"
	"slices"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/shop"
)

// The templates of this file are for the split unseen.

// cancelling asks for an order to be called off.
func cancelling() template {
	cancel := func(number string) []task.Move {
		return []task.Move{task.Press("My orders"), task.Seek("Order " + number), task.Press("Cancel order")}
	}
	return template{
		Name: "cancel", Kind: task.Change, Level: 2, Unseen: true, Goal: `Cancel my order {order}.`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			pending := slices.DeleteFunc(slices.Clone(w.Me().Orders), func(o *shop.Order) bool { return o.Status != shop.Pending })
			if len(pending) < 2 {
				return nil
			}
			i := r.IntN(len(pending))
			return task.Params{"order": pending[i].Number, "instead": pending[(i+1)%len(pending)].Number}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			o := ordered(w, p["order"])
			if o == nil || o.Status != shop.Pending {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.CancelChange(o.Number)}}, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move { return cancel(p["order"]) },
		Wrong: func(_ *shop.World, p task.Params) []task.Move { return cancel(p["instead"]) },
	}
}

// unwishing asks for a product to be taken off the wish list.
func unwishing() template {
	remove := func(name string) []task.Move {
		return []task.Move{task.Press("Wish list"), task.Press("Remove " + name)}
	}
	return template{
		Name: "unwish", Kind: task.Change, Level: 1, Unseen: true, Goal: `Take the product "{product}" off my wish list.`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			list := w.Me().Wishes
			i := r.IntN(len(list))
			return task.Params{"product": w.Product(list[i]).Name, "other": w.Product(list[(i+1)%len(list)]).Name}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			one := named(w, p["product"])
			if one == nil || !slices.Contains(w.Me().Wishes, one.ID) {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{shop.WishChange(one.ID, false)}}, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move { return remove(p["product"]) },
		Wrong: func(_ *shop.World, p task.Params) []task.Move { return remove(p["other"]) },
	}
}

// reordering asks for an order's products to be put into the cart.
func reordering() template {
	again := func(number string) []task.Move {
		return []task.Move{task.Press("My orders"), task.Seek("Order " + number), task.Press("Order again")}
	}
	return template{
		Name: "again", Kind: task.Change, Level: 2, Unseen: true, Goal: `Put all that I bought with order {order} into my cart again, and do not order it yet.`,
		Draw: func(w *shop.World, r *rand.Rand) task.Params {
			all := w.Me().Orders
			i := r.IntN(len(all))
			return task.Params{"order": all[i].Number, "instead": all[(i+1)%len(all)].Number}
		},
		Want: func(w *shop.World, p task.Params) (task.Want, bool) {
			o := ordered(w, p["order"])
			if o == nil {
				return task.Want{}, false
			}
			var asked task.Want
			for _, l := range o.Lines {
				if l.Product.Stock < l.Quantity {
					return task.Want{}, false
				}
				asked.Changes = append(asked.Changes, shop.CartChange(l))
			}
			return asked, true
		},
		Moves: func(_ *shop.World, p task.Params) []task.Move { return again(p["order"]) },
		Wrong: func(_ *shop.World, p task.Params) []task.Move { return again(p["instead"]) },
	}
}
