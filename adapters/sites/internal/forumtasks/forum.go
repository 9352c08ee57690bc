// Package forumtasks has the tasks over fixtures/sites/forum: templates of three kinds.
package forumtasks

import (
	"math/rand/v2"
	"net/url"
	"slices"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites"
	"dreamgym/fixtures/sites/forum"
)

type template = task.Template[*forum.World]

// Site is the forums as tasks need them.
func Site(f *forum.Site) task.Site {
	return task.Site{
		App:  f,
		Home: "/forum/",
		SignIn: func(session *sites.Session) {
			sites.With(session, f.App, func(s *forum.State) { s.SignIn(s.World.Me()) })
		},
		Canonical: canonical,
	}
}

// Tasks are those of sites/forum-v0.
func Tasks(f *forum.Site) task.Set {
	return &task.Templates[*forum.World]{
		Scene: "forum", World: f.Worlds.Of, All: slices.Concat(finding(), visiting(), writing(), marking(), moderating()),
		Names: []string{"post", "person"}, Meddle: meddle,
	}
}

// meddle subscribes to a forum that a task does not name.
func meddle(w *forum.World, p task.Params) []task.Move {
	i := slices.IndexFunc(w.Forums, func(f *forum.Forum) bool {
		return f.Title != p["forum"] && f.Title != p["instead"] && !slices.Contains(w.Me().Subscribed, f.Slug)
	})
	return []task.Move{task.Press("Forums"), task.Press("Subscribe to "+w.Forums[i].Title, "button")}
}

// canonical is the same for addresses of pages that show the same.
func canonical(u *url.URL) string {
	v := u.Query()
	usual := map[string]string{"page": "1", "comments": "best", "show": "posts", "period": "all", "sort": "hot"}
	if u.Path == "/forum/search" {
		usual["sort"] = "relevance"
	}
	if sort := v.Get("sort"); sort != "top" && sort != "controversial" {
		v.Del("period")
	}
	for name, values := range v {
		if values[0] == "" || values[0] == usual[name] {
			v.Del(name)
		}
	}
	return u.Path + "?" + v.Encode()
}

// titled answers the one post of a title, nil where there is none or there are several.
func titled(w *forum.World, title string) *forum.Post {
	var found *forum.Post
	for _, p := range w.Posts {
		if p.Title == title {
			if found != nil {
				return nil
			}
			found = p
		}
	}
	return found
}

// called answers the forum of a title, nil where there is none.
func called(w *forum.World, title string) *forum.Forum {
	return task.One(w.Forums, func(f *forum.Forum) bool { return f.Title == title })
}

// remark answers a person's only comment on a post, nil where there is none, or several, or
// where they wrote the post.
func remark(p *forum.Post, person string) *forum.Comment {
	var found *forum.Comment
	n := 0
	var look func(list []*forum.Comment)
	look = func(list []*forum.Comment) {
		for _, c := range list {
			if c.Author == person {
				found = c
				n++
			}
			look(c.Replies)
		}
	}
	look(p.Comments)
	if n != 1 || p.Author == person {
		return nil
	}
	return found
}

// post draws any post.
func post(w *forum.World, r *rand.Rand) task.Params {
	return task.Params{"post": task.AnyOf(r, w.Posts).Title}
}

// ofPost makes what is wanted of the post that is drawn, where a condition holds for it.
func ofPost(holds func(*forum.Post) bool, f func(p *forum.Post) task.Want) func(*forum.World, task.Params) (task.Want, bool) {
	return func(w *forum.World, p task.Params) (task.Want, bool) {
		one := titled(w, p["post"])
		if one == nil || !holds(one) {
			return task.Want{}, false
		}
		return f(one), true
	}
}

func always(*forum.Post) bool { return true }

// commented draws a post and somebody else's only comment on it.
func commented(w *forum.World, r *rand.Rand) task.Params {
	p := task.AnyOf(r, w.Posts)
	if len(p.Comments) == 0 {
		return nil
	}
	c := task.AnyOf(r, p.Comments)
	return task.Params{"post": p.Title, "person": c.Author}
}

// ofRemark makes what is wanted of the comment that commented drew.
func ofRemark(f func(c *forum.Comment) (task.Want, bool)) func(*forum.World, task.Params) (task.Want, bool) {
	return func(w *forum.World, p task.Params) (task.Want, bool) {
		one := titled(w, p["post"])
		if one == nil || p["person"] == w.Me().Name {
			return task.Want{}, false
		}
		c := remark(one, p["person"])
		if c == nil {
			return task.Want{}, false
		}
		return f(c)
	}
}

// open finds a post or a member by name and opens its page.
func open(name string) []task.Move {
	return []task.Move{task.Enter("Search posts and members", name), task.Press("Search", "button"), task.Seek(name)}
}

// toPost are the moves to the page of the post.
func toPost(_ *forum.World, p task.Params) []task.Move { return open(p["post"]) }

// enter are the moves to the page of a forum.
func enter(title string) []task.Move {
	return []task.Move{task.Press("Forums"), task.Press(title, "link")}
}
