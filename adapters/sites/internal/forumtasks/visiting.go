package forumtasks

import (
	"math/rand/v2"
	"net/url"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/forum"
)

// visiting are the templates that ask for a page.
func visiting() []template {
	return []template{
		{
			Name: "post-page", Kind: task.Visit, Level: 1, Goal: `Open the page of the post "{post}".`,
			Draw: post, Moves: toPost,
			Want: ofPost(always, func(p *forum.Post) task.Want { return task.Want{Page: "/forum/post/" + p.ID} }),
		},
		{
			Name: "history", Kind: task.Visit, Level: 2, Goal: `Show all comments that "{person}" has written.`,
			Draw: member,
			Want: func(w *forum.World, p task.Params) (task.Want, bool) {
				return task.Want{Page: "/forum/user/" + p["person"] + "?show=comments"}, w.Person(p["person"]) != nil
			},
			Moves: func(_ *forum.World, p task.Params) []task.Move {
				return append(open(p["person"]), task.Press("Comments", "link"))
			},
		},
		sorted(), searched(),
		{
			Name: "comment-page", Kind: task.Visit, Level: 2, Unseen: true, Goal: `Open the comment of {person} on the post "{post}" on a page of its own.`,
			Draw: commented,
			Want: ofRemark(func(c *forum.Comment) (task.Want, bool) { return task.Want{Page: "/forum/comment/" + c.ID}, true }),
			Moves: func(_ *forum.World, p task.Params) []task.Move {
				return append(open(p["post"]), task.Seek("Reply to "+p["person"]))
			},
		},
	}
}

// way is an order of posts as the site says it.
type way struct{ query, link, period string }

// ways are orders of posts, by how a goal says them.
func ways() map[string]way {
	return map[string]way{
		"the newest first": {"?sort=new", "New", ""},
		"those with the highest score of all time first": {"?sort=top", "Top", ""},
		"the most controversial of all time first":       {"?sort=controversial", "Controversial", ""},
		"the best of the past week first":                {"?sort=top&period=week", "Top", "Past week"},
		"the best of the past year first":                {"?sort=top&period=year", "Top", "Past year"},
		"the most controversial of the past month first": {"?sort=controversial&period=month", "Controversial", "Past month"},
	}
}

// sorted asks for a forum in an order.
func sorted() template {
	words := []string{
		"the newest first", "those with the highest score of all time first", "the most controversial of all time first",
		"the best of the past week first", "the best of the past year first", "the most controversial of the past month first",
	}
	return template{
		Name: "sorted", Kind: task.Visit, Level: 2, Goal: `Show the posts of the forum {forum}, {first}.`,
		Draw: func(w *forum.World, r *rand.Rand) task.Params {
			return task.Params{"forum": task.AnyOf(r, w.Forums).Title, "first": task.AnyOf(r, words)}
		},
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			f, by := called(w, p["forum"]), ways()[p["first"]]
			if f == nil || by.link == "" {
				return task.Want{}, false
			}
			return task.Want{Page: "/forum/f/" + f.Slug + by.query}, true
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move {
			by := ways()[p["first"]]
			moves := append(enter(p["forum"]), task.Press(by.link, "link"))
			if by.period != "" {
				moves = append(moves, task.Choose("Period", by.period), task.Press("Show"))
			}
			return moves
		},
	}
}

// searched asks for a search in one forum, in an order.
func searched() template {
	sorts := map[string][2]string{"the newest first": {"new", "Newest"}, "those with the most comments first": {"comments", "Most comments"}, "those with the highest score first": {"top", "Highest score"}}
	return template{
		Name: "search", Kind: task.Visit, Level: 2, Goal: `Search for "{words}" in the forum {forum} alone and show what is found, {first}.`,
		Draw: func(w *forum.World, r *rand.Rand) task.Params {
			one := task.AnyOf(r, w.Posts)
			words := strings.Fields(one.Title)
			return task.Params{"words": strings.Trim(words[len(words)-1], "?!.,"), "forum": one.Forum.Title, "first": task.AnyOf(r, []string{"the newest first", "those with the most comments first", "those with the highest score first"})}
		},
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			f, by := called(w, p["forum"]), sorts[p["first"]]
			if f == nil || by[0] == "" || len(p["words"]) < 3 {
				return task.Want{}, false
			}
			return task.Want{Page: "/forum/search?" + url.Values{"q": {p["words"]}, "forum": {f.Slug}, "sort": {by[0]}}.Encode()}, true
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move {
			return []task.Move{
				task.Enter("Search posts and members", p["words"]), task.Press("Search", "button"),
				task.Choose("Forum", p["forum"]), task.Choose("Sort by", sorts[p["first"]][1]), task.Press("Refine"),
			}
		},
	}
}
