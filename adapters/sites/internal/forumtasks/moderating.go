package forumtasks

import (
	"math/rand/v2"
	"slices"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites/forum"
)

// marking are the templates that ask for a vote or a subscription.
func marking() []template { return []template{voting(), subscribing()} }

// moderating are the templates for who looks after a forum.
func moderating() []template {
	return []template{locking(), removing(), banning(), dismissing()}
}

func voting() template {
	cast := func(p task.Params, way string) []task.Move {
		return append(open(p["post"]), task.Press("Vote "+way+": "+p["post"], "button"))
	}
	return template{
		Name: "vote", Kind: task.Change, Level: 1, Goal: `Vote {way} the post "{post}".`,
		Draw: func(w *forum.World, r *rand.Rand) task.Params {
			return task.Params{"post": task.AnyOf(r, w.Posts).Title, "way": task.AnyOf(r, []string{"up", "down"})}
		},
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			one, value := titled(w, p["post"]), map[string]int{"up": 1, "down": -1}[p["way"]]
			if one == nil || value == 0 || one.Author == w.Me().Name || w.Me().Votes[one.ID] != 0 {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{forum.VoteChange(one.ID, value)}}, true
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move { return cast(p, p["way"]) },
		Wrong: func(_ *forum.World, p task.Params) []task.Move {
			return cast(p, map[string]string{"up": "down", "down": "up"}[p["way"]])
		},
	}
}

func subscribing() template {
	change := func(w *forum.World, title string) []task.Move {
		button := "Subscribe to "
		if f := called(w, title); slices.Contains(w.Me().Subscribed, f.Slug) {
			button = "Unsubscribe from "
		}
		return []task.Move{task.Press("Forums"), task.Press(button+title, "button")}
	}
	return template{
		Name: "subscribe", Kind: task.Change, Level: 1, Goal: `{what} the forum {forum}.`,
		Draw: func(w *forum.World, r *rand.Rand) task.Params {
			i := r.IntN(len(w.Forums))
			p := task.Params{"forum": w.Forums[i].Title, "instead": w.Forums[(i+1)%len(w.Forums)].Title, "what": "Subscribe to"}
			if slices.Contains(w.Me().Subscribed, w.Forums[i].Slug) {
				p["what"] = "Unsubscribe from"
			}
			return p
		},
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			f := called(w, p["forum"])
			if f == nil || slices.Contains(w.Me().Subscribed, f.Slug) != strings.HasPrefix(p["what"], "Un") {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{forum.SubscribeChange(f.Slug, p["what"] == "Subscribe to")}}, true
		},
		Moves: func(w *forum.World, p task.Params) []task.Move { return change(w, p["forum"]) },
		Wrong: func(w *forum.World, p task.Params) []task.Move { return change(w, p["instead"]) },
	}
}

// ours draws a post of a forum that Me looks after.
func ours(w *forum.World, r *rand.Rand) task.Params {
	f := task.AnyOf(r, w.Forums[:2])
	return task.Params{"post": task.AnyOf(r, f.Posts).Title}
}

// marked makes a mark on one of our posts the change that is wanted.
func marked(change func(*forum.Post) string) func(*forum.World, task.Params) (task.Want, bool) {
	return func(w *forum.World, p task.Params) (task.Want, bool) {
		one := titled(w, p["post"])
		if one == nil || one.Locked || one.Pinned || !one.Forum.ModeratedBy(w.Me().Name) {
			return task.Want{}, false
		}
		return task.Want{Changes: []string{change(one)}}, true
	}
}

// press are the moves that press a button of a post's page.
func press(p task.Params, button string) []task.Move {
	return append(open(p["post"]), task.Press(button, "button"))
}

func locking() template {
	return template{
		Name: "lock", Kind: task.Change, Level: 2, Goal: `Lock the post "{post}", so that nobody can comment on it any more.`,
		Draw: ours, Want: marked(func(p *forum.Post) string { return forum.MarkChange(p.ID, forum.Locked, true) }),
		Moves: func(_ *forum.World, p task.Params) []task.Move { return press(p, "Lock") },
		Wrong: func(_ *forum.World, p task.Params) []task.Move { return press(p, "Pin") },
	}
}

func removing() template {
	return template{
		Name: "remove", Kind: task.Change, Level: 2, Unseen: true, Goal: `As a moderator, remove the post "{post}".`,
		Draw: ours, Want: marked(func(p *forum.Post) string { return forum.MarkChange(p.ID, forum.Removed, true) }),
		Moves: func(_ *forum.World, p task.Params) []task.Move { return press(p, "Remove "+p["post"]) },
		Wrong: func(_ *forum.World, p task.Params) []task.Move { return press(p, "Lock") },
	}
}

// banning asks for somebody to be kept out.
func banning() template {
	reasons := []string{"Advertising", "Insults", "A second account", "Stolen pictures", "Threats"}
	ban := func(p task.Params, reason string) []task.Move {
		return append(enter(p["forum"]), task.Press("Bans", "link"), task.Enter("Member", p["person"]), task.Enter("Reason", reason), task.Press("Ban"))
	}
	return template{
		Name: "ban", Kind: task.Change, Level: 3, Unseen: true, Goal: `Ban the member "{person}" from the forum {forum}, with the reason "{text}".`,
		Draw: func(w *forum.World, r *rand.Rand) task.Params {
			return task.Params{"person": task.AnyOf(r, w.People[1:]).Name, "forum": task.AnyOf(r, w.Forums[:2]).Title, "text": task.AnyOf(r, reasons)}
		},
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			f := called(w, p["forum"])
			if f == nil || w.Person(p["person"]) == nil || !f.ModeratedBy(w.Me().Name) || f.ModeratedBy(p["person"]) || p["text"] == "" {
				return task.Want{}, false
			}
			banned := slices.ContainsFunc(f.Bans, func(b forum.Ban) bool { return b.Person == p["person"] })
			return task.Want{Changes: []string{forum.BanChange(f, forum.Ban{Person: p["person"], Reason: p["text"]})}}, !banned
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move { return ban(p, p["text"]) },
		Wrong: func(_ *forum.World, p task.Params) []task.Move { return ban(p, amiss(p["text"])) },
	}
}

// dismissing asks for a report to be set aside.
func dismissing() template {
	decide := func(p task.Params, button string) []task.Move {
		return append(enter(p["forum"]), task.Press("Reports", "link"), inRow(p["post"], button))
	}
	return template{
		Name: "dismiss", Kind: task.Change, Level: 2, Unseen: true, Goal: `Dismiss the report of the post "{post}" in the forum {forum}.`,
		Draw: reported,
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			r, ok := reportOf(w, p)
			return task.Want{Changes: []string{forum.DismissChange(r.ID)}}, ok
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move { return decide(p, "Dismiss") },
		Wrong: func(_ *forum.World, p task.Params) []task.Move { return decide(p, "Remove") },
	}
}

// inRow clicks the first button whose name begins so, after a link.
func inRow(link, button string) task.Move {
	return func(s task.Screen, _ int) (gym.Action, bool) {
		for _, l := range s.After(func(l task.Line) bool { return l.Role == "link" && l.Name == link }) {
			if l.Role == "button" && strings.HasPrefix(l.Name, button) {
				return task.Act("click", l.ID), true
			}
		}
		return "", false
	}
}
