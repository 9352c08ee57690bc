package codetasks

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	forge "dreamgym/fixtures/sites/code"
)

// finding are the templates that ask.
func finding() []template {
	return []template{commitCount(), setting(), IssueAuthor(), labelled(), due(), role(), mostStars(), lastAuthor(), reviewer(), added()}
}

// committer draws somebody who has committed to a repository.
func committer(w *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
	u := w.User(task.AnyOf(r, one.Branch(one.Default).Commits).Author)
	return task.Params{"person": u.Name}
}

// commits counts a user's commits to the default branch.
func commits(r *forge.Repo, u *forge.User) (n int) {
	for _, c := range r.Branch(r.Default).Commits {
		if c.Author == u.Login {
			n++
		}
	}
	return n
}

func commitCount() template {
	return template{
		Name: "commit-count", Kind: task.Find, Level: 1, Goal: `How many commits has "{person}" made to the default branch of the repository "{repo}"? Answer with the number alone.`,
		Draw: drawn("", committer),
		Want: ofRepo("", func(w *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			u := named(w, p["person"])
			if u == nil || commits(r, u) == 0 {
				return task.Want{}, false
			}
			return task.Want{Answer: fmt.Sprint(commits(r, u))}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return within(p["repo"], "Contributors") },
		Read: func(p task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return cell(s, p["person"], 1) }
		},
	}
}

const settingsFile = "config/defaults.yaml"

// settingsOf are the values of a repository's file of settings.
func settingsOf(r *forge.Repo) map[string]string {
	m := make(map[string]string)
	for _, l := range r.Branch(r.Default).Files[settingsFile] {
		if key, value, ok := strings.Cut(l, ": "); ok {
			m[key] = value
		}
	}
	return m
}

func setting() template {
	return template{
		Name: "setting", Kind: task.Find, Level: 2, Goal: `What is the value of "{key}" in the file "` + settingsFile + `" of the repository "{repo}"? Answer with the number alone.`,
		Draw: drawn("", func(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			return task.Params{"key": task.AnyOf(r, slices.Sorted(maps.Keys(settingsOf(one)))), "file": settingsFile}
		}),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			value, ok := settingsOf(r)[p["key"]]
			return task.Want{Answer: value}, ok && p["file"] == settingsFile
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return openFile(p) },
		Read: func(p task.Params) func(task.Screen) string {
			return func(s task.Screen) string {
				return s.First(regexp.MustCompile(`^` + regexp.QuoteMeta(p["key"]) + `: (\d+)$`))
			}
		},
	}
}

// IssueAuthor asks who opened an issue, by user name. The owner's stands in the goal: it is never
// the answer, here or where else a user name is asked for.
func IssueAuthor() template {
	return template{
		Name: "issue-author", Kind: task.Find, Level: 2, Goal: `Who opened the issue "{issue}" of the repository "{repo}"? Answer with the user name.`,
		Draw: drawn("", anyIssue),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			t := titled(r.Issues, p["issue"])
			if t == nil || t.Author == r.Owner {
				return task.Want{}, false
			}
			return task.Want{Answer: t.Author}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return openIssue(p) },
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string {
				rest := s.After(func(l task.Line) bool { return strings.Contains(l.Name, ", opened on ") })
				if len(rest) == 0 {
					return ""
				}
				return rest[0].Name
			}
		},
	}
}

// labelled asks how many open issues have a label.
func labelled() template {
	count := regexp.MustCompile(`^Open \((\d+)\)$`)
	return template{
		Name: "labelled", Kind: task.Find, Level: 2, Goal: `How many open issues with the label "{label}" does the repository "{repo}" have? Answer with the number alone.`,
		Draw: drawn("", func(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			return task.Params{"label": task.AnyOf(r, one.Labels).Name}
		}),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			f := forge.ParseFilter(nil)
			f.Label = p["label"]
			_, counts := f.Find(r, forge.Issue)
			n := counts[forge.Open]
			return task.Want{Answer: fmt.Sprint(n)}, p["label"] != "" && n > 0 && n < r.Open(forge.Issue)
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move {
			return within(p["repo"], "Issues", task.Choose("Label", p["label"]), task.Press("Apply"))
		},
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return s.First(count) }
		},
	}
}

// due asks for a milestone's date.
func due() template {
	return template{
		Name: "due", Kind: task.Find, Level: 1, Goal: `When is the milestone "{milestone}" of the repository "{repo}" due? Answer with the date as it stands there.`,
		Draw: drawn("", func(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			return task.Params{"milestone": task.AnyOf(r, one.Milestones).Title}
		}),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			i := slices.IndexFunc(r.Milestones, func(m *forge.Milestone) bool { return m.Title == p["milestone"] })
			if i < 0 {
				return task.Want{}, false
			}
			return task.Want{Answer: r.Milestones[i].Due.Format("2 January 2006")}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return within(p["repo"], "Milestones") },
		Read: func(p task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return cell(s, p["milestone"], 0) }
		},
	}
}

// members are those of a repository and of its group.
func members(w *forge.World, r *forge.Repo) []forge.Member {
	list := r.Members
	if g := w.Group(r.Owner); g != nil {
		list = slices.Concat(list, g.Members)
	}
	return list
}

// role asks for what somebody may do in a repository.
func role() template {
	return template{
		Name: "role", Kind: task.Find, Level: 1, Goal: `Which role does "{person}" have in the repository "{repo}"? Answer with one word.`,
		Draw: drawn("", func(w *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
			list := members(w, one)
			if len(list) == 0 {
				return nil
			}
			return task.Params{"person": w.User(task.AnyOf(r, list).Login).Name}
		}),
		Want: ofRepo("", func(w *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			u := named(w, p["person"])
			var roles []string
			for _, m := range members(w, r) {
				if u != nil && m.Login == u.Login {
					roles = append(roles, m.Role)
				}
			}
			if len(roles) != 1 {
				return task.Want{}, false
			}
			return task.Want{Answer: roles[0]}, true
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return within(p["repo"], "Members") },
		Read: func(p task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return cell(s, p["person"], 1) }
		},
	}
}

// mostStars asks for one repository of a language.
func mostStars() template {
	path := regexp.MustCompile(`^([a-z0-9-]+/[a-z0-9-]+)$`)
	return template{
		Name: "most-stars", Kind: task.Find, Level: 3, Goal: `Which repository written in {language} has the most stars? Answer with its path, such as owner/name.`,
		Draw: func(w *forge.World, r *rand.Rand) task.Params {
			return task.Params{"language": task.AnyOf(r, w.Repos).Language}
		},
		Want: func(w *forge.World, p task.Params) (task.Want, bool) {
			best := task.Most(w.Repos, func(r *forge.Repo) int {
				if r.Language != p["language"] || !atLeast(w, r, "") {
					return 0
				}
				return len(r.Stars)
			})
			if best == nil {
				return task.Want{}, false
			}
			return task.Want{Answer: best.Path()}, true
		},
		Moves: func(_ *forge.World, p task.Params) []task.Move {
			return []task.Move{task.Press("Explore", "link"), task.Choose("Language", p["language"]), task.Choose("Sort by", "Most stars"), task.Press("Apply")}
		},
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return s.Main().First(path) }
		},
	}
}

// lastAuthor asks for who touched a file last.
func lastAuthor() template {
	by := regexp.MustCompile(`^by (\S+) on `)
	return template{
		Name: "last-author", Kind: task.Find, Level: 2, Goal: `Who made the last commit to the file "{file}" of the repository "{repo}", on its default branch? Answer with the user name.`,
		Draw: drawn("", anyFile),
		Want: ofRepo("", func(_ *forge.World, r *forge.Repo, p task.Params) (task.Want, bool) {
			for _, c := range r.Branch(r.Default).Commits {
				if slices.ContainsFunc(c.Files, func(d forge.FileDiff) bool { return d.Path == p["file"] }) {
					return task.Want{Answer: c.Author}, c.Author != r.Owner
				}
			}
			return task.Want{}, false
		}),
		Moves: func(_ *forge.World, p task.Params) []task.Move { return openFile(p) },
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string { return s.Main().First(by) }
		},
	}
}

// anyFile draws a file of the default branch.
func anyFile(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
	return task.Params{"file": task.AnyOf(r, slices.Sorted(maps.Keys(one.Branch(one.Default).Files)))}
}

// anyRequest draws a merge request.
func anyRequest(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
	return task.Params{"request": task.AnyOf(r, one.Requests).Title}
}
