package codetasks

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"dreamgym/adapters/sites/internal/task"
	forge "dreamgym/fixtures/sites/code"
)

// running are the templates that ask for a change of a repository or a profile.
func running() []template {
	return []template{starring(), inviting(), writing(), planning(), status(), forking(), labelling()}
}

func starring() template {
	star := func(path string) []task.Move { return append(open(path), task.Press("Star", "button")) }
	return template{
		Name: "star", Kind: task.Change, Level: 1, Goal: `Star the repository "{repo}".`,
		Draw: drawn("", func(w *forge.World, one *forge.Repo, _ *rand.Rand) task.Params {
			return task.Params{"other": unstarred(w, one.Path())}
		}),
		Want: ofRepo("", func(w *forge.World, r *forge.Repo, _ task.Params) (task.Want, bool) {
			return task.Want{Changes: []string{forge.StarChange(r.Path(), true)}}, !slices.Contains(r.Stars, w.Me().Login)
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return star(p["repo"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return star(p["other"]) },
	}
}

// inviting asks for a new member.
func inviting() template {
	invite := func(p task.Params, role string) []task.Move {
		return within(p["repo"], "Members", task.Enter("User name", p["login"]), task.Choose("Role", role), task.Press("Save member"))
	}
	roles := []string{forge.Guest, forge.Reporter, forge.Developer, forge.Maintainer}
	return template{
		Name: "invite", Kind: task.Change, Level: 2, Goal: `Add the user "{login}" to the members of the repository "{repo}", with the role {role}.`,
		Draw: drawn(forge.Maintainer, func(w *forge.World, _ *forge.Repo, r *rand.Rand) task.Params {
			u, i := task.AnyOf(r, w.Users), r.IntN(len(roles))
			return task.Params{"login": u.Login, "person": u.Name, "role": roles[i], "instead": roles[(i+1)%len(roles)]}
		}),
		Want: ofRepo(forge.Maintainer, func(w *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			u := w.User(p["login"])
			if u == nil || u.Login == r.Owner || !slices.Contains(roles, p["role"]) || slices.ContainsFunc(members(w, r), func(m forge.Member) bool { return m.Login == u.Login }) {
				return task.Want{}, false
			}
			return task.Want{Changes: []string{forge.MemberChange(r.Path(), u.Login, p["role"])}}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return invite(p, p["role"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return invite(p, p["instead"]) },
	}
}

// writing asks for a new file.
func writing() template {
	paths := []string{"docs/notes.md", "docs/faq.md", "OWNERS", "docs/release.md", "config/extra.yaml"}
	texts := []string{"To be written.", "Ask in the weekly meeting.", "Nothing here yet, but soon.", "See the README first."}
	messages := []string{"Begin a file", "Add what was missing", "Write down what we know"}
	write := func(p task.Params, text string) []task.Move {
		return append(open(p["repo"]), task.Press("New file", "link"), task.Enter("Path", p["file"]), task.Enter("Text of the file", text), task.Enter("Commit message", p["message"]), task.Press("Commit", "button"))
	}
	return template{
		Name: "new-file", Kind: task.Change, Level: 3, Goal: `Add the file "{file}" to the default branch of the repository "{repo}", with the text "{text}" and the commit message "{message}".`,
		Draw: drawn(forge.Developer, func(_ *forge.World, _ *forge.Repo, r *rand.Rand) task.Params {
			i := r.IntN(len(texts))
			return task.Params{"file": task.AnyOf(r, paths), "text": texts[i], "instead": texts[(i+1)%len(texts)], "message": task.AnyOf(r, messages)}
		}),
		Want: ofRepo(forge.Developer, func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			_, there := r.Branch(r.Default).Files[p["file"]]
			return task.Want{Changes: []string{forge.CommitChange(r.Path(), r.Default, p["file"], p["message"], p["text"])}},
				!there && p["file"] != "" && p["text"] != "" && p["message"] != ""
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return write(p, p["text"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return write(p, p["instead"]) },
	}
}

// planning asks for a new milestone.
func planning() template {
	titles := []string{"Summer", "Autumn", "Next year", "Beta", "Cleanup", "Long term"}
	plan := func(p task.Params, due string) []task.Move {
		return within(p["repo"], "Milestones", task.Enter("Title", p["milestone"]), task.Enter("Due date", due), task.Press("Create milestone"))
	}
	return template{
		Name: "milestone", Kind: task.Change, Level: 2, Goal: `Create the milestone "{milestone}" in the repository "{repo}", due on "{due}" and without a description.`,
		Draw: drawn(forge.Reporter, func(_ *forge.World, _ *forge.Repo, r *rand.Rand) task.Params {
			month, day := 6+r.IntN(7), 10+r.IntN(18)
			return task.Params{"milestone": task.AnyOf(r, titles), "due": fmt.Sprintf("2026-%02d-%02d", month, day), "instead": fmt.Sprintf("2027-%02d-%02d", month, day)}
		}),
		Want: ofRepo(forge.Reporter, func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			on, ok := forge.DueOn(p["due"])
			name := forge.MilestoneName(r.Path(), len(r.Milestones)+1)
			return task.Want{Changes: []string{forge.FieldChange(name, "title", p["milestone"]), forge.FieldChange(name, "due", on)}}, ok && p["milestone"] != ""
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return plan(p, p["due"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return plan(p, p["instead"]) },
	}
}

// status asks for a word on one's own profile.
func status() template {
	list := []string{"On holiday until Monday", "Reviewing today", "At the dentist", "Working from the train", "Back in an hour", "Learning Rust", "In the garden", "Please call me"}
	set := func(text string) []task.Move {
		return []task.Move{task.Press("My profile", "link"), task.Press("Edit profile", "link"), task.Enter("Status", text), task.Press("Save profile")}
	}
	return template{
		Name: "status", Kind: task.Change, Level: 1, Goal: `Set the status of my profile to "{status}".`,
		Draw: func(_ *forge.World, r *rand.Rand) task.Params {
			i := r.IntN(len(list))
			return task.Params{"status": list[i], "instead": list[(i+1)%len(list)]}
		},
		Want: func(_ *forge.World, p task.Params) (task.Want, bool) {
			return task.Want{Changes: []string{forge.FieldChange("profile", "status", p["status"])}}, p["status"] != ""
		},
		Moves: func(_ *forge.World, p task.Params) []task.Move { return set(p["status"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return set(p["instead"]) },
	}
}

// The templates below are for the split unseen.

func forking() template {
	fork := func(path string) []task.Move { return append(open(path), task.Press("Fork", "button")) }
	return template{
		Name: "fork", Kind: task.Change, Level: 1, Unseen: true, Goal: `Fork the repository "{repo}" into my account.`,
		Draw: drawn("", func(w *forge.World, one *forge.Repo, _ *rand.Rand) task.Params {
			i := slices.IndexFunc(w.Repos, func(r *forge.Repo) bool { return r != one && r.Visibility == forge.Public && r.Owner != w.Me().Login })
			return task.Params{"other": w.Repos[i].Path()}
		}),
		Want: ofRepo("", func(w *forge.World, r *forge.Repo, _ task.Params) (task.Want, bool) {
			path := w.Me().Login + "/" + r.Name
			return task.Want{Changes: []string{forge.RepoChange(path, "is new"), forge.RepoChange(path, "is a fork of "+r.Path())}}, w.Repo(path) == nil
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return fork(p["repo"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return fork(p["other"]) },
	}
}

// labelling asks for a new label.
func labelling() template {
	names := []string{"blocked", "customer", "easy", "later", "research", "security"}
	abouts := []string{"Waits for somebody else", "Asked for from outside", "An hour at the most", "Not this year"}
	add := func(p task.Params, about string) []task.Move {
		return within(p["repo"], "Labels", task.Enter("Label name", p["label"]), task.Enter("Description", about), task.Press("Create label"))
	}
	return template{
		Name: "new-label", Kind: task.Change, Level: 2, Unseen: true, Goal: `Create the label "{label}" with the description "{about}" in the repository "{repo}".`,
		Draw: drawn(forge.Reporter, func(_ *forge.World, _ *forge.Repo, r *rand.Rand) task.Params {
			i := r.IntN(len(abouts))
			return task.Params{"label": task.AnyOf(r, names), "about": abouts[i], "instead": abouts[(i+1)%len(abouts)]}
		}),
		Want: ofRepo(forge.Reporter, func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			known := slices.ContainsFunc(r.Labels, func(l forge.Label) bool { return l.Name == p["label"] })
			return task.Want{Changes: []string{forge.LabelChange(r.Path(), p["label"], p["about"])}}, !known && p["label"] != "" && p["about"] != ""
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return add(p, p["about"]) },
		Wrong: func(_ *forge.World, p task.Params) []task.Move { return add(p, p["instead"]) },
	}
}
