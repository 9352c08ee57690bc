package crosstasks

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"dreamgym/adapters/sites/internal/admintasks"
	"dreamgym/adapters/sites/internal/codetasks"
	"dreamgym/adapters/sites/internal/forumtasks"
	"dreamgym/adapters/sites/internal/shoptasks"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/admin"
	forge "dreamgym/fixtures/sites/code"
	"dreamgym/fixtures/sites/forum"
	"dreamgym/fixtures/sites/shop"
)

// telling are the templates that ask for something to be found out on one site and told on
// another.
func telling() []template {
	price, buyer, author := shoptasks.Price(), admintasks.OrderCustomer(), codetasks.IssueAuthor()
	of := func(w *Worlds) *admin.World { return w.World }
	return []template{
		tell("tell-price", "In the shop: ", toShop, price, (*Worlds).Shop),
		tell("tell-buyer", "In the back office: ", toOffice, buyer, of),
		unseen(tell("tell-author", "In the place for code: ", toCode, author, func(w *Worlds) *forge.World { return w.Code })),
	}
}

func unseen(t template) template {
	t.Unseen = true
	return t
}

// tell asks for the answer of another site's template as a post in a forum.
func tell[W shop.World | admin.World | forge.World](name, where, home string, asks task.Template[*W], of func(*Worlds) *W) template {
	question, _, _ := strings.Cut(asks.Goal, " Answer with ")
	publish := func(w *Worlds, p task.Params, title string) []task.Move {
		found, _ := asks.Want(of(w), p) // Want has looked
		moves := append([]task.Move{task.Go(home)}, asks.Moves(of(w), p)...)
		return slices.Concat(moves, []task.Move{task.Go(toForum)}, forumtasks.Publish(p["forum"], title, found.Answer))
	}
	return template{
		Name: name, Kind: task.Change, Level: 3,
		Goal: where + question + ` Publish the answer alone, as it stands there, as the text of a post in the forum {forum}, with the title "{title}".`,
		Draw: func(w *Worlds, r *rand.Rand) task.Params {
			p := asks.Draw(of(w), r)
			if p == nil {
				return nil
			}
			title := fmt.Sprintf("%s %d", task.AnyOf(r, []string{"For the record", "As you asked", "My answer", "Found it"}), 1+r.IntN(90))
			maps.Copy(p, task.Params{"forum": task.AnyOf(r, w.Forum.Forums).Title, "title": title})
			return p
		},
		Want: func(w *Worlds, p task.Params) (task.Want, bool) {
			found, ok := asks.Want(of(w), p)
			i := slices.IndexFunc(w.Forum.Forums, func(f *forum.Forum) bool { return f.Title == p["forum"] })
			if !ok || i < 0 || p["title"] == "" {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{forum.PostChange(w.Forum.Forums[i], p["title"], found.Answer, "")}}, true
		},
		Moves: func(w *Worlds, p task.Params) []task.Move { return publish(w, p, p["title"]) },
		Wrong: func(w *Worlds, p task.Params) []task.Move { return publish(w, p, p["title"]+"0") },
	}
}
