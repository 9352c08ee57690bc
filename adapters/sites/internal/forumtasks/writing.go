package forumtasks

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/forum"
)

// writing are the templates that ask for a text.
func writing() []template {
	return []template{commenting(), submitting(), introducing(), editing(), reporting(), answering(), deleting()}
}

// words draws something to say.
func words(r *rand.Rand) string {
	first := []string{"Thank you for this", "I had the same trouble", "That is good to know", "I would not have thought so", "Well said", "Please tell us more"}
	second := []string{"I will try it in %s", "I am looking forward to %s", "Ask me again in %s", "It has to wait until %s"}
	months := []string{"May", "June", "July", "August", "October"}
	return task.AnyOf(r, first) + ". " + fmt.Sprintf(task.AnyOf(r, second), task.AnyOf(r, months)) + "."
}

// with adds something to say to what was drawn.
func with(draw func(*forum.World, *rand.Rand) task.Params) func(*forum.World, *rand.Rand) task.Params {
	return func(w *forum.World, r *rand.Rand) task.Params {
		p := draw(w, r)
		if p != nil {
			p["text"] = words(r)
		}
		return p
	}
}

// amiss is another text.
func amiss(text string) string { return text + " Perhaps." }

func openFor(p *forum.Post) bool { return !p.Locked }

func commenting() template {
	write := func(p task.Params, text string) []task.Move {
		return append(open(p["post"]), task.Enter("Your comment", text), task.Press("Post comment"))
	}
	return template{
		Name: "comment", Kind: task.Change, Level: 2, Goal: `Comment on the post "{post}" with the text "{text}"`,
		Draw:  with(post),
		Want:  said(openFor, func(p *forum.Post, text string) string { return forum.CommentChange(p.ID, text) }),
		Moves: func(_ *forum.World, p task.Params) []task.Move { return write(p, p["text"]) },
		Wrong: func(_ *forum.World, p task.Params) []task.Move { return write(p, amiss(p["text"])) },
	}
}

// said makes the change that is wanted of a post and a text.
func said(holds func(*forum.Post) bool, change func(*forum.Post, string) string) func(*forum.World, task.Params) (task.Want, bool) {
	return func(w *forum.World, p task.Params) (task.Want, bool) {
		one := titled(w, p["post"])
		if one == nil || !holds(one) || p["text"] == "" {
			return task.Want{}, false
		}
		return task.Want{Changes: []string{change(one, p["text"])}}, true
	}
}

// Publish are the moves from any page of the forums that publish a post in the forum of a
// title.
func Publish(where, title, text string) []task.Move {
	return append(enter(where), task.Press("New post", "link"), task.Enter("Title", title), task.Enter("Text", text), task.Press("Publish"))
}

// submitting asks for a post.
func submitting() template {
	titles := []string{"Greetings from a beginner", "What have you read this %s?", "Who comes to the meeting in %s?", "My plans for %s", "A small wonder in %s", "Lost and found in %s"}
	publish := func(p task.Params, where string) []task.Move { return Publish(where, p["title"], p["text"]) }
	return template{
		Name: "submit", Kind: task.Change, Level: 3, Goal: `Publish a post in the forum {forum}, with the title "{title}" and the text "{text}"`,
		Draw: with(func(w *forum.World, r *rand.Rand) task.Params {
			i, title := r.IntN(len(w.Forums)), task.AnyOf(r, titles)
			if title != titles[0] {
				title = fmt.Sprintf(title, task.AnyOf(r, []string{"May", "June", "spring", "summer", "autumn"}))
			}
			return task.Params{"forum": w.Forums[i].Title, "instead": w.Forums[(i+1)%len(w.Forums)].Title, "title": title}
		}),
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			f := called(w, p["forum"])
			if f == nil || p["title"] == "" || p["text"] == "" {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{forum.PostChange(f, p["title"], p["text"], "")}}, true
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move { return publish(p, p["forum"]) },
		Wrong: func(_ *forum.World, p task.Params) []task.Move { return publish(p, p["instead"]) },
	}
}

// introducing asks for a line in the profile.
func introducing() template {
	save := func(text string) []task.Move {
		return []task.Move{task.Press("Settings", "link"), task.Enter("About me", text), task.Press("Save")}
	}
	return template{
		Name: "bio", Kind: task.Change, Level: 1, Goal: `Change what my profile says about me to "{text}" and leave all else as it is.`,
		Draw: with(func(*forum.World, *rand.Rand) task.Params { return task.Params{} }),
		Want: func(_ *forum.World, p task.Params) (task.Want, bool) {
			return task.Want{Changes: []string{forum.ProfileChange("bio", p["text"])}}, p["text"] != ""
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move { return save(p["text"]) },
		Wrong: func(_ *forum.World, p task.Params) []task.Move { return save(amiss(p["text"])) },
	}
}

// editing asks for another text of a post of one's own.
func editing() template {
	edit := func(p task.Params, text string) []task.Move {
		return []task.Move{task.Press("My profile", "link"), task.Seek(p["post"]), task.Press("Edit post", "link"), task.Enter("Text", text), task.Press("Save")}
	}
	return template{
		Name: "edit", Kind: task.Change, Level: 2, Goal: `Change the text of my post "{post}" to "{text}"`,
		Draw: with(func(w *forum.World, r *rand.Rand) task.Params {
			own := slices.DeleteFunc(slices.Clone(w.Posts), func(p *forum.Post) bool { return p.Author != w.Me().Name || p.Text == "" })
			return task.Params{"post": task.AnyOf(r, own).Title}
		}),
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			mine := func(one *forum.Post) bool { return one.Author == w.Me().Name && one.Text != "" }
			return said(mine, func(one *forum.Post, text string) string { return forum.EditChange(one.ID, text) })(w, p)
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move { return edit(p, p["text"]) },
		Wrong: func(_ *forum.World, p task.Params) []task.Move { return edit(p, amiss(p["text"])) },
	}
}

// reporting asks for a word to the moderators.
func reporting() template {
	reasons := []string{"It advertises a shop.", "It is rude.", "It is in the wrong forum.", "It was posted twice.", "The link is broken.", "It gives dangerous advice."}
	send := func(p task.Params, text string) []task.Move {
		return append(open(p["post"]), task.Press("Report "+p["post"], "link"), task.Enter("Reason", text), task.Press("Send report"))
	}
	return template{
		Name: "report", Kind: task.Change, Level: 2, Goal: `Report the post "{post}" to the moderators, with the reason "{text}"`,
		Draw: func(w *forum.World, r *rand.Rand) task.Params {
			return task.Params{"post": task.AnyOf(r, w.Posts).Title, "text": task.AnyOf(r, reasons)}
		},
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			foreign := func(one *forum.Post) bool { return one.Author != w.Me().Name }
			return said(foreign, func(one *forum.Post, text string) string { return forum.ReportChange(one.ID, text) })(w, p)
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move { return send(p, p["text"]) },
		Wrong: func(_ *forum.World, p task.Params) []task.Move { return send(p, amiss(p["text"])) },
	}
}

// answering asks for a reply to a comment.
func answering() template {
	write := func(p task.Params, text string) []task.Move {
		return append(open(p["post"]), task.Seek("Reply to "+p["person"]), task.Enter("Your comment", text), task.Press("Post comment"))
	}
	return template{
		Name: "reply", Kind: task.Change, Level: 3, Unseen: true, Goal: `Reply to the comment of {person} on the post "{post}" with the text "{text}"`,
		Draw: with(commented),
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			return ofRemark(func(c *forum.Comment) (task.Want, bool) {
				return task.Want{Changes: []string{forum.CommentChange(c.ID, p["text"])}}, !c.Post.Locked && p["text"] != ""
			})(w, p)
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move { return write(p, p["text"]) },
		Wrong: func(_ *forum.World, p task.Params) []task.Move { return write(p, amiss(p["text"])) },
	}
}

// deleting asks for a comment of one's own to go.
func deleting() template {
	return template{
		Name: "delete", Kind: task.Change, Level: 2, Unseen: true, Goal: `Delete my comment on the post "{post}".`,
		Draw: func(w *forum.World, r *rand.Rand) task.Params {
			return task.Params{"post": task.AnyOf(r, w.CommentsBy(w.Me().Name)).Post.Title}
		},
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			one := titled(w, p["post"])
			if one == nil {
				return task.Want{}, false
			}
			c := remark(one, w.Me().Name)
			if c == nil {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{forum.MarkChange(c.ID, forum.Deleted, true)}}, true
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move {
			return append(open(p["post"]), task.Seek("Delete comment"), task.Press("Delete for good"))
		},
		Wrong: func(_ *forum.World, p task.Params) []task.Move {
			return append(open(p["post"]), task.Seek("Edit comment"), task.Enter("Text", "Deleted."), task.Press("Save"))
		},
	}
}
