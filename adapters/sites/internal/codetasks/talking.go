package codetasks

import (
	"math/rand/v2"
	"slices"

	"dreamgym/adapters/sites/internal/task"
	forge "dreamgym/fixtures/sites/code"
)

// talking are the templates that ask for a change of issues and merge requests.
func talking() []template {
	return []template{newIssue(), comment(), closing(), assigning(), merging(), proposing()}
}

func newIssue() template {
	titles := []string{"Dates are in the wrong order", "The first page stays empty", "Let me choose the time zone", "Say which port is used", "Old entries are never removed"}
	texts := []string{"It happens with every second entry.", "Seen on two machines.", "I can help with a test.", "It is fine with the last version."}
	write := func(p task.Params, label string) []task.Move {
		return within(p["repo"], "Issues", task.Press("New issue", "link"), task.Enter("Title", p["title"]), task.Enter("Description", p["text"]), task.Press(label, "checkbox"), task.Press("Create issue"))
	}
	return template{
		Name: "new-issue", Kind: task.Change, Level: 3, Goal: `Open an issue in the repository "{repo}" with the title "{title}", the description "{text}" and the label "{label}", assigned to nobody.`,
		Draw: drawn(forge.Reporter, func(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			i := r.IntN(len(one.Labels))
			return task.Params{"title": task.AnyOf(r, titles), "text": task.AnyOf(r, texts), "label": one.Labels[i].Name, "instead": one.Labels[(i+1)%len(one.Labels)].Name}
		}),
		Want: ofRepo(forge.Reporter, func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			name := forge.TicketName(r.Path(), forge.Issue, len(r.Issues)+1)
			return task.Want{Changes: []string{
				forge.FieldChange(name, "title", p["title"]), forge.FieldChange(name, "description", p["text"]), forge.FieldChange(name, "labels", p["label"]),
			}}, p["title"] != "" && p["text"] != "" && p["label"] != ""
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return write(p, p["label"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return write(p, p["instead"]) },
	}
}

func comment() template {
	texts := []string{"Is anybody working on this?", "I have the same problem.", "This can be closed, I think.", "Let us talk about it on Monday.", "A test would help here."}
	write := func(p task.Params, text string) []task.Move {
		return append(openIssue(p), task.Enter("Your comment", text), task.Press("Comment", "button"))
	}
	return template{
		Name: "comment", Kind: task.Change, Level: 2, Goal: `Write the comment "{text}" to the issue "{issue}" of the repository "{repo}".`,
		Draw: drawn("", func(w *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			p, i := anyIssue(w, one, r), r.IntN(len(texts))
			p["text"], p["instead"] = texts[i], texts[(i+1)%len(texts)]
			return p
		}),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			t := titled(r.Issues, p["issue"])
			if t == nil || p["text"] == "" {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{forge.CommentChange(forge.TicketName(r.Path(), forge.Issue, t.Number), p["text"])}}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return write(p, p["text"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return write(p, p["instead"]) },
	}
}

func closing() template {
	shut := func(repo, title string) []task.Move {
		return append(openTicket(repo, "Issues", title), task.Press("Close issue"))
	}
	return template{
		Name: "close", Kind: task.Change, Level: 2, Goal: `Close the issue "{issue}" of the repository "{repo}".`,
		Draw: drawn(forge.Reporter, anyOpen),
		Want: ofRepo(forge.Reporter, func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			t := titled(r.Issues, p["issue"])
			if t == nil || t.State != forge.Open {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{forge.FieldChange(forge.TicketName(r.Path(), forge.Issue, t.Number), "state", forge.Closed)}}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return shut(p["repo"], p["issue"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return shut(p["repo"], p["instead"]) },
	}
}

// assigning asks for an issue to be given to a member.
func assigning() template {
	give := func(p task.Params, to string) []task.Move {
		return append(openIssue(p), task.Choose("Assign to", to), task.Press("Update plan"))
	}
	return template{
		Name: "assign", Kind: task.Change, Level: 3, Goal: `Assign the issue "{issue}" of the repository "{repo}" to the user "{login}", and leave the rest of its plan as it is.`,
		Draw: drawn(forge.Reporter, func(w *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			p, list := anyOpen(w, one, r), members(w, one)
			if p == nil || len(list) < 2 {
				return nil
			}
			i := r.IntN(len(list))
			p["login"], p["person"], p["instead"] = list[i].Login, w.User(list[i].Login).Name, list[(i+1)%len(list)].Login
			return p
		}),
		Want: ofRepo(forge.Reporter, func(w *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			t := titled(r.Issues, p["issue"])
			known := slices.ContainsFunc(members(w, r), func(m forge.Member) bool { return m.Login == p["login"] })
			if t == nil || t.State != forge.Open || !known || t.Assignee == p["login"] {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{forge.FieldChange(forge.TicketName(r.Path(), forge.Issue, t.Number), "assignee", p["login"])}}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return give(p, p["login"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return give(p, p["instead"]) },
	}
}

// The templates below are for the split unseen.

// ready are the open merge requests of a repository.
func ready(r *forge.Repo) []*forge.Ticket {
	return slices.DeleteFunc(slices.Clone(r.Requests), func(t *forge.Ticket) bool { return t.State != forge.Open })
}

func merging() template {
	merge := func(repo, title string) []task.Move {
		return append(openTicket(repo, "Merge requests", title), task.Press("Merge", "button"))
	}
	return template{
		Name: "merge", Kind: task.Change, Level: 2, Unseen: true, Goal: `Merge the merge request "{request}" of the repository "{repo}".`,
		Draw: drawn(forge.Maintainer, func(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			list := ready(one)
			if len(list) < 2 {
				return nil
			}
			i := r.IntN(len(list))
			return task.Params{"request": list[i].Title, "instead": list[(i+1)%len(list)].Title}
		}),
		Want: ofRepo(forge.Maintainer, func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			t := titled(r.Requests, p["request"])
			if t == nil || t.State != forge.Open {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{forge.FieldChange(forge.TicketName(r.Path(), forge.Request, t.Number), "state", forge.Merged)}}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return merge(p["repo"], p["request"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return merge(p["repo"], p["instead"]) },
	}
}

// proposing asks for a merge request from a branch that has none.
func proposing() template {
	titles := []string{"Ready for a look", "Please merge this week", "Small steps, part one", "What we talked about"}
	propose := func(p task.Params, reviewer string) []task.Move {
		return within(p["repo"], "Merge requests", task.Press("New merge request", "link"), task.Choose("From branch", p["branch"]), task.Enter("Title", p["title"]),
			task.Choose("Reviewer", reviewer), task.Press("Create merge request"))
	}
	return template{
		Name: "propose", Kind: task.Change, Level: 3, Unseen: true,
		Goal: `Open a merge request in the repository "{repo}", from the branch "{branch}" into the default branch, with the title "{title}", no description and "{login}" as reviewer.`,
		Draw: drawn(forge.Developer, func(w *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			list := members(w, one)
			if len(list) < 2 {
				return nil
			}
			i := r.IntN(len(list))
			return task.Params{
				"branch": task.AnyOf(r, one.Branches[1:]).Name, "title": task.AnyOf(r, titles),
				"login": list[i].Login, "person": w.User(list[i].Login).Name, "instead": list[(i+1)%len(list)].Login,
			}
		}),
		Want: ofRepo(forge.Developer, func(w *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			b := r.Branch(p["branch"])
			known := slices.ContainsFunc(members(w, r), func(m forge.Member) bool { return m.Login == p["login"] })
			taken := slices.ContainsFunc(ready(r), func(t *forge.Ticket) bool { return t.Source == p["branch"] })
			if b == nil || b.Name == r.Default || !known || taken || p["title"] == "" || p["login"] == p["instead"] {
				return task.Want{}, false
			}
			name := forge.TicketName(r.Path(), forge.Request, len(r.Requests)+1)
			return task.Want{Changes: []string{
				forge.FieldChange(name, "title", p["title"]), forge.FieldChange(name, "source", b.Name), forge.FieldChange(name, "target", r.Default), forge.FieldChange(name, "reviewer", p["login"]),
			}}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return propose(p, p["login"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return propose(p, p["instead"]) },
	}
}
