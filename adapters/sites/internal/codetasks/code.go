// Package codetasks has the tasks over fixtures/sites/code.
package codetasks

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
	forge "dreamgym/fixtures/sites/code"
)

type template = task.Template[*forge.World]

// Site is the place for code as tasks need it.
func Site(c *forge.Code) task.Site {
	return task.Site{
		App:  c,
		Home: "/code/",
		SignIn: func(session *sites.Session) {
			sites.With(session, c.App, func(s *forge.State) { s.SignIn(s.World.Me()) })
		},
		Canonical: canonical,
	}
}

// Tasks are those of sites/code-v0.
func Tasks(c *forge.Code) task.Set {
	return &task.Templates[*forge.World]{
		Scene: "code", World: c.Worlds.Of, All: slices.Concat(finding(), visiting(), talking(), running()),
		Names: []string{"repo", "project", "other", "person", "login", "issue", "request"}, Meddle: meddle,
	}
}

// meddle stars a repository that a task does not name.
func meddle(w *forge.World, p task.Params) []task.Move {
	return append(open(unstarred(w, p["repo"], p["other"])), task.Press("Star", "button"))
}

// unstarred is a repository, other than some, that the user has not starred.
func unstarred(w *forge.World, but ...string) string {
	i := slices.IndexFunc(w.Repos, func(r *forge.Repo) bool {
		return r.Visibility == forge.Public && !slices.Contains(r.Stars, w.Me().Login) && !slices.Contains(but, r.Path())
	})
	return w.Repos[i].Path()
}

var ticketList = regexp.MustCompile(`^/code/[^/]+/[^/]+/(?:issues|merge_requests)$`)

// canonical is the same for addresses of pages that show the same.
func canonical(u *url.URL) string {
	v := u.Query()
	if ticketList.MatchString(u.Path) {
		page := v.Get("page")
		if v = forge.ParseFilter(v).Values(); page != "" {
			v.Set("page", page)
		}
	}
	for name, values := range v {
		if values[0] == "" || name == "page" && values[0] == "1" {
			v.Del(name)
		}
	}
	return strings.TrimSuffix(u.Path, "/") + "?" + v.Encode()
}

// repoOf answers a repository that the user sees, nil where there is none.
func repoOf(w *forge.World, p task.Params) *forge.Repo {
	r := w.Repo(p["repo"])
	if r == nil || r.Visibility == forge.Private && roleIn(w, r) == "" {
		return nil
	}
	return r
}

// roleIn is the user's role in a repository.
func roleIn(w *forge.World, r *forge.Repo) string {
	return forge.NewState(w).Role(r, w.Me().Login)
}

// atLeast tells whether the user has at least a role in a repository; "": sees it.
func atLeast(w *forge.World, r *forge.Repo, role string) bool {
	if role == "" {
		return r.Visibility == forge.Public || roleIn(w, r) != ""
	}
	return slices.Index(forge.Roles(), roleIn(w, r)) >= slices.Index(forge.Roles(), role)
}

// repo draws a repository with issues in which the user has at least a role.
func repo(w *forge.World, r *rand.Rand, role string) (*forge.Repo, task.Params) {
	var list []*forge.Repo
	for _, one := range w.Repos {
		if len(one.Issues) > 0 && atLeast(w, one, role) {
			list = append(list, one)
		}
	}
	one := task.AnyOf(r, list)
	return one, task.Params{"repo": one.Path(), "project": one.Name}
}

// ofRepo makes what is wanted of the repository that is drawn, in which the user needs a
// role.
func ofRepo(role string, f func(w *forge.World, r *forge.Repo, p task.Params) (task.Want, bool)) func(*forge.World, task.Params) (task.Want, bool) {
	return func(w *forge.World, p task.Params) (task.Want, bool) {
		r := repoOf(w, p)
		if r == nil || !atLeast(w, r, role) {
			return task.Want{}, false
		}
		return f(w, r, p)
	}
}

// drawn draws a repository and, of it, more.
func drawn(role string, more func(w *forge.World, one *forge.Repo, r *rand.Rand) task.Params) func(*forge.World, *rand.Rand) task.Params {
	return func(w *forge.World, r *rand.Rand) task.Params {
		one, p := repo(w, r, role)
		for name, value := range more(w, one, r) {
			p[name] = value
		}
		return p
	}
}

// titled answers the only ticket of a title, nil where there is none or more than one.
func titled(list []*forge.Ticket, title string) *forge.Ticket {
	var found *forge.Ticket
	for _, t := range list {
		if t.Title == title {
			if found != nil {
				return nil
			}
			found = t
		}
	}
	return found
}

// anyIssue draws an issue.
func anyIssue(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
	return task.Params{"issue": task.AnyOf(r, one.Issues).Title}
}

// anyOpen draws an open issue, and another one.
func anyOpen(_ *forge.World, one *forge.Repo, r *rand.Rand) task.Params {
	list := slices.DeleteFunc(slices.Clone(one.Issues), func(t *forge.Ticket) bool { return t.State != forge.Open })
	if len(list) < 2 {
		return nil
	}
	i := r.IntN(len(list))
	return task.Params{"issue": list[i].Title, "instead": list[(i+1)%len(list)].Title}
}

// named answers the user of a full name, nil where there is none.
func named(w *forge.World, name string) *forge.User {
	return task.One(w.Users, func(u *forge.User) bool { return u.Name == name })
}

// open finds a repository by its path and opens its page.
func open(path string) []task.Move {
	return []task.Move{task.Enter("Search Loomery", path), task.Press("Search", "button"), task.Seek(path)}
}

// within opens a repository and then a part of it.
func within(path, tab string, more ...task.Move) []task.Move {
	return slices.Concat(open(path), []task.Move{task.Press(tab, "link")}, more)
}

// openTicket opens an issue or a merge request by its title.
func openTicket(path, tab, title string) []task.Move {
	return within(path, tab, task.Choose("State", forge.All), task.Enter("Words", title), task.Press("Apply"), task.Seek(title))
}

func openIssue(p task.Params) []task.Move { return openTicket(p["repo"], "Issues", p["issue"]) }

func openRequest(p task.Params) []task.Move {
	return openTicket(p["repo"], "Merge requests", p["request"])
}

// openFile opens a file of the default branch.
func openFile(p task.Params) []task.Move {
	moves := open(p["repo"])
	folder, name, ok := strings.Cut(p["file"], "/")
	if !ok {
		return append(moves, task.Press(folder, "link"))
	}
	return append(moves, task.Press(folder+"/", "link"), task.Press(name, "link"))
}

// pressLike clicks the first link whose name fits a pattern.
func pressLike(pattern *regexp.Regexp) task.Move {
	return func(s task.Screen, _ int) (gym.Action, bool) {
		for _, l := range s {
			if l.ID != "" && l.Role == "link" && pattern.MatchString(l.Name) {
				return task.Act("click", l.ID), true
			}
		}
		return "", false
	}
}

// cell answers a cell of the row that begins with a link; the first after it has number 0.
func cell(s task.Screen, link string, n int) string {
	rest := s.Main().After(func(l task.Line) bool { return l.Role == "link" && l.Name == link })
	if len(rest) <= n {
		return ""
	}
	return rest[n].Name
}

func ticketPage(r *forge.Repo, t *forge.Ticket) string {
	part := "issues"
	if t.Kind == forge.Request {
		part = "merge_requests"
	}
	return fmt.Sprintf("/code/%s/%s/%d", r.Path(), part, t.Number)
}
