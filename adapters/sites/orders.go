package sites

import (
	"math/rand/v2"
	"slices"

	"dreamgym/fixtures/sites/shop"
)

// The templates of this file are for the split unseen.

// cancelling asks for an order to be called off.
func cancelling() template {
	cancel := func(number string) []move {
		return []move{press("My orders"), seek("Order " + number), press("Cancel order")}
	}
	return template{
		name: "cancel", kind: change, level: 2, unseen: true, goal: `Cancel my order {order}.`,
		draw: func(w *shop.World, r *rand.Rand) params {
			pending := slices.DeleteFunc(slices.Clone(w.Me().Orders), func(o *shop.Order) bool { return o.Status != shop.Pending })
			if len(pending) < 2 {
				return nil
			}
			i := r.IntN(len(pending))
			return params{"order": pending[i].Number, "instead": pending[(i+1)%len(pending)].Number}
		},
		want: func(w *shop.World, p params) (want, bool) {
			o := ordered(w, p["order"])
			if o == nil || o.Status != shop.Pending {
				return want{}, false
			}
			return want{changes: []string{shop.CancelChange(o.Number)}}, true
		},
		moves: func(_ *shop.World, p params) []move { return cancel(p["order"]) },
		wrong: func(_ *shop.World, p params) []move { return cancel(p["instead"]) },
	}
}

// unwishing asks for a product to be taken off the wish list.
func unwishing() template {
	remove := func(name string) []move { return []move{press("Wish list"), press("Remove " + name)} }
	return template{
		name: "unwish", kind: change, level: 1, unseen: true, goal: `Take the product "{product}" off my wish list.`,
		draw: func(w *shop.World, r *rand.Rand) params {
			list := w.Me().Wishes
			i := r.IntN(len(list))
			return params{"product": w.Product(list[i]).Name, "other": w.Product(list[(i+1)%len(list)]).Name}
		},
		want: func(w *shop.World, p params) (want, bool) {
			one := named(w, p["product"])
			if one == nil || !slices.Contains(w.Me().Wishes, one.ID) {
				return want{}, false
			}
			return want{changes: []string{shop.WishChange(one.ID, false)}}, true
		},
		moves: func(_ *shop.World, p params) []move { return remove(p["product"]) },
		wrong: func(_ *shop.World, p params) []move { return remove(p["other"]) },
	}
}

// reordering asks for an order's products to be put into the cart.
func reordering() template {
	again := func(number string) []move {
		return []move{press("My orders"), seek("Order " + number), press("Order again")}
	}
	return template{
		name: "again", kind: change, level: 2, unseen: true, goal: `Put all that I bought with order {order} into my cart again, and do not order it yet.`,
		draw: func(w *shop.World, r *rand.Rand) params {
			all := w.Me().Orders
			i := r.IntN(len(all))
			return params{"order": all[i].Number, "instead": all[(i+1)%len(all)].Number}
		},
		want: func(w *shop.World, p params) (want, bool) {
			o := ordered(w, p["order"])
			if o == nil {
				return want{}, false
			}
			var asked want
			for _, l := range o.Lines {
				if l.Product.Stock < l.Quantity {
					return want{}, false
				}
				asked.changes = append(asked.changes, shop.CartChange(l))
			}
			return asked, true
		},
		moves: func(_ *shop.World, p params) []move { return again(p["order"]) },
		wrong: func(_ *shop.World, p params) []move { return again(p["instead"]) },
	}
}
