package codetasks

import (
	"math/rand/v2"
	"net/url"
	"regexp"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	forge "dreamgym/fixtures/sites/code"
)

// visiting are the templates that ask for a page.
func visiting() []template {
	return []template{issuePage(), filePage(), profile(), filtered(), history(), changes()}
}

func issuePage() template {
	return template{
		Name: "issue-page", Kind: task.Visit, Level: 1, Goal: `Open the issue "{issue}" of the repository "{repo}".`,
		Draw: drawn("", anyIssue),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			t := titled(r.Issues, p["issue"])
			if t == nil {
				return task.Want{}, false
			}
			return task.Want{Page: ticketPage(r, t)}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return openIssue(p) },
	}
}

func filePage() template {
	return template{
		Name: "file-page", Kind: task.Visit, Level: 1, Goal: `Open the file "{file}" of the repository "{repo}", on its default branch.`,
		Draw: drawn("", anyFile),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			_, ok := r.Branch(r.Default).Files[p["file"]]
			return task.Want{Page: "/code/" + r.Path() + "/blob/" + r.Default + "/" + p["file"]}, ok
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return openFile(p) },
	}
}

func profile() template {
	return template{
		Name: "profile", Kind: task.Visit, Level: 1, Goal: `Open the profile of "{person}".`,
		Draw: func(w *forge.World, r *rand.Rand) task.Params {
			return task.Params{"person": task.AnyOf(r, w.Users).Name}
		},
		Want: func(w *forge.World, p task.Params) (task.Want, bool) {
			u := named(w, p["person"])
			if u == nil {
				return task.Want{}, false
			}
			return task.Want{Page: "/code/users/" + u.Login}, true
		},
		Moves: func(_ *forge.World, p task.Params) []task.Move {
			return []task.Move{task.Press("People", "link"), task.Enter("Name or place", p["person"]), task.Press("Find"), task.Seek(p["person"])}
		},
	}
}

// filtered asks for a list with filters.
func filtered() template {
	return template{
		Name: "filtered", Kind: task.Visit, Level: 3, Goal: `Show the {state} issues of the repository "{repo}" that have the label "{label}", those with the most comments first, and no other filter.`,
		Draw: drawn("", func(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			return task.Params{"label": task.AnyOf(r, one.Labels).Name, "state": task.AnyOf(r, []string{"open", "closed"})}
		}),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			state := map[string]string{"open": forge.Open, "closed": forge.Closed}[p["state"]]
			v := url.Values{"state": {state}, "label": {p["label"]}, "sort": {"comments"}}
			return task.Want{Page: "/code/" + r.Path() + "/issues?" + v.Encode()}, state != "" && p["label"] != ""
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move {
			state := strings.ToUpper(p["state"][:1]) + p["state"][1:]
			return within(p["repo"], "Issues", task.Choose("State", state), task.Choose("Label", p["label"]), task.Choose("Sort by", "Most comments"), task.Press("Apply"))
		},
	}
}

// history asks for what somebody committed.
func history() template {
	return template{
		Name: "history", Kind: task.Visit, Level: 2, Goal: `Show the commits of the user "{login}" to the default branch of the repository "{repo}", and no other filter.`,
		Draw: drawn("", func(w *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			p := committer(w, one, r)
			p["login"] = named(w, p["person"]).Login
			return p
		}),
		Want: ofRepo("", func(w *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			u := w.User(p["login"])
			if u == nil || commits(r, u) == 0 {
				return task.Want{}, false
			}
			return task.Want{Page: "/code/" + r.Path() + "/commits/" + r.Default + "?author=" + u.Login}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move {
			return within(p["repo"], "Commits", task.Choose("Author", p["login"]), task.Press("Apply"))
		},
	}
}

// changes is for the split unseen.
func changes() template {
	tab := regexp.MustCompile(`^\d+ changed files?$`)
	return template{
		Name: "changes", Kind: task.Visit, Level: 2, Unseen: true, Goal: `Show which files the merge request "{request}" of the repository "{repo}" changes, and how.`,
		Draw: drawn("", anyRequest),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			t := titled(r.Requests, p["request"])
			if t == nil {
				return task.Want{}, false
			}
			return task.Want{Page: ticketPage(r, t) + "/changes"}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return append(openRequest(p), pressLike(tab)) },
	}
}
