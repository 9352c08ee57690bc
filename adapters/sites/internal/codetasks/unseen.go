package codetasks

import (
	"fmt"
	"math/rand/v2"
	"regexp"

	"dreamgym/adapters/sites/internal/task"
	forge "dreamgym/fixtures/sites/code"
)

// The templates of this file ask, and are for the split unseen.

func reviewer() template {
	return template{
		Name: "reviewer", Kind: task.Find, Level: 2, Unseen: true, Goal: `Who is the reviewer of the merge request "{request}" of the repository "{repo}"? Answer with the user name.`,
		Draw: drawn("", anyRequest),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			t := titled(r.Requests, p["request"])
			if t == nil || t.Reviewer == "" || t.Reviewer == r.Owner {
				return task.Want{}, false
			}
			return task.Want{Answer: t.Reviewer}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return openRequest(p) },
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return s.Told("Reviewer") }
		},
	}
}

// added asks for the size of a commit.
func added() template {
	lines := regexp.MustCompile(`(\d+) lines? added`)
	return template{
		Name: "added", Kind: task.Find, Level: 3, Unseen: true, Goal: `How many lines did the commit "{commit}" to the default branch of the repository "{repo}" add? Answer with the number alone.`,
		Draw: drawn("", func(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			return task.Params{"commit": task.AnyOf(r, one.Branch(one.Default).Commits).Title}
		}),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			var found []*forge.Commit
			for _, c := range r.Branch(r.Default).Commits {
				if c.Title == p["commit"] {
					found = append(found, c)
				}
			}
			if len(found) != 1 || len(found[0].Files) != 1 {
				return task.Want{}, false
			}
			return task.Want{Answer: fmt.Sprint(found[0].Files[0].Added)}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move {
			return within(p["repo"], "Commits", task.Enter("Message", p["commit"]), task.Press("Apply"), task.Seek(p["commit"]))
		},
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return s.First(lines) }
		},
	}
}
