package forumtasks

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/fixtures/sites/forum"
)

var (
	points   = regexp.MustCompile(`^(-?\d+) points?$`)
	comments = regexp.MustCompile(`^(\d+) comments?$`)
)

// finding are the templates that ask.
func finding() []template {
	return []template{
		{
			Name: "author", Kind: task.Find, Level: 1, Goal: `Who wrote the post "{post}"? Answer with the name of the member.`,
			Draw: post, Moves: toPost,
			Want: ofPost(always, func(p *forum.Post) task.Want { return task.Want{Answer: p.Author} }),
			Read: func(task.Params) func(task.Screen) string { return follows("by") },
		},
		{
			Name: "comment-count", Kind: task.Find, Level: 1, Goal: `How many comments does the post "{post}" have? Answer with the number alone.`,
			Draw: post, Moves: toPost,
			Want: ofPost(always, func(p *forum.Post) task.Want { return task.Want{Answer: fmt.Sprint(p.Count)} }),
			Read: func(task.Params) func(task.Screen) string {
				return func(s task.Screen) string { return s.Main().First(comments) }
			},
		},
		{
			Name: "score", Kind: task.Find, Level: 1, Goal: `How many points does the post "{post}" have? Answer with the number alone.`,
			Draw: post, Moves: toPost,
			Want: ofPost(func(p *forum.Post) bool { return p.Up > p.Down }, func(p *forum.Post) task.Want { return task.Want{Answer: fmt.Sprint(p.Up - p.Down)} }),
			Read: func(task.Params) func(task.Screen) string {
				return func(s task.Screen) string { return s.Main().First(points) }
			},
		},
		joined(), latest(), best(),
		firstComment(), commentScore(), reporter(),
	}
}

// follows reads what comes after a text.
func follows(text string) func(task.Screen) string {
	return func(s task.Screen) string { return s.Main().Told(text) }
}

// member draws somebody.
func member(w *forum.World, r *rand.Rand) task.Params {
	return task.Params{"person": task.AnyOf(r, w.People[1:]).Name}
}

func toMember(_ *forum.World, p task.Params) []task.Move { return open(p["person"]) }

func joined() template {
	return template{
		Name: "joined", Kind: task.Find, Level: 1, Goal: `Since when is "{person}" a member? Answer with the day as it stands in the profile.`,
		Draw: member, Moves: toMember,
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			one := w.Person(p["person"])
			if one == nil {
				return task.Want{}, false
			}
			return task.Want{Answer: one.Joined.Format("2 January 2006")}, true
		},
		Read: func(task.Params) func(task.Screen) string { return follows("Member since") },
	}
}

// latest asks for where somebody wrote last.
func latest() template {
	return template{
		Name: "latest", Kind: task.Find, Level: 2, Goal: `In which forum did "{person}" write their latest post? Answer with the name of the forum.`,
		Draw: member, Moves: toMember,
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			i := slices.IndexFunc(w.Posts, func(one *forum.Post) bool { return one.Author == p["person"] })
			if i < 0 {
				return task.Want{}, false
			}
			return task.Want{Answer: w.Posts[i].Forum.Title}, true
		},
		Read: func(task.Params) func(task.Screen) string { return follows("in") },
	}
}

// spans are periods, by how a goal says them.
func spans() map[string][2]string {
	return map[string][2]string{"of all time": {"all", "All time"}, "of the past year": {"year", "Past year"}, "of the past month": {"month", "Past month"}}
}

// longestAnswer is the longest text that a policy which chooses from what is admissible can
// answer with.
const longestAnswer = 60

// best asks for the first of a list.
func best() template {
	return template{
		Name: "best", Kind: task.Find, Level: 3, Goal: `Which post of the forum {forum} has the highest score {span}? Answer with its title.`,
		Draw: func(w *forum.World, r *rand.Rand) task.Params {
			return task.Params{"forum": task.AnyOf(r, w.Forums).Title, "span": task.AnyOf(r, []string{"of all time", "of the past year", "of the past month"})}
		},
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			f, span := called(w, p["forum"]), spans()[p["span"]]
			if f == nil || span[0] == "" {
				return task.Want{}, false
			}
			top := forum.NewState(w).Ranked(f, "top", span[0])
			if len(top) < 2 || len(top[0].Title) > longestAnswer {
				return task.Want{}, false
			}
			return task.Want{Answer: top[0].Title}, top[0].Up-top[0].Down > top[1].Up-top[1].Down
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move {
			moves := append(enter(p["forum"]), task.Press("Top", "link"))
			if span := spans()[p["span"]]; span[0] != "all" {
				moves = append(moves, task.Choose("Period", span[1]), task.Press("Show"))
			}
			return moves
		},
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string {
				for _, l := range s.Main() {
					if title, ok := strings.CutPrefix(l.Name, "Vote up: "); ok {
						return title
					}
				}
				return ""
			}
		},
	}
}

// firstComment asks for who wrote the oldest of some comments.
func firstComment() template {
	return template{
		Name: "first-comment", Kind: task.Find, Level: 2, Unseen: true, Goal: `Who was the first to comment on the post "{post}"? Answer with the name of the member.`,
		Draw: post,
		Want: ofPost(func(p *forum.Post) bool { return len(p.Comments) > 2 && p.Comments[0].Author != p.Author }, func(p *forum.Post) task.Want {
			return task.Want{Answer: p.Comments[0].Author}
		}),
		Moves: func(_ *forum.World, p task.Params) []task.Move {
			return append(open(p["post"]), task.Press("Old", "link"))
		},
		Read: func(task.Params) func(task.Screen) string {
			return func(s task.Screen) string {
				list := s.After(func(l task.Line) bool { return l.Role == "link" && l.Name == "Old" })
				if len(list) == 0 {
					return ""
				}
				return list[0].Name
			}
		},
	}
}

// commentScore asks for the points of one comment of many.
func commentScore() template {
	return template{
		Name: "comment-score", Kind: task.Find, Level: 3, Unseen: true, Goal: `How many points does the comment of {person} on the post "{post}" have? Answer with the number alone.`,
		Draw: commented,
		Want: ofRemark(func(c *forum.Comment) (task.Want, bool) {
			return task.Want{Answer: fmt.Sprint(c.Up - c.Down)}, c.Up > c.Down && c.Post.Count <= 12
		}),
		Moves: toPost,
		Read: func(p task.Params) func(task.Screen) string {
			return func(s task.Screen) string {
				return s.Main().After(func(l task.Line) bool { return l.Role == "link" && l.Name == p["person"] }).First(points)
			}
		},
	}
}

// reported draws a post that was reported to Me.
func reported(w *forum.World, r *rand.Rand) task.Params {
	f := task.AnyOf(r, w.Forums[:2])
	if p := w.Post(task.AnyOf(r, f.Reports).Target); p != nil {
		return task.Params{"post": p.Title, "forum": f.Title}
	}
	return nil
}

// reportOf answers the only report of a post in a forum that Me looks after.
func reportOf(w *forum.World, p task.Params) (forum.Report, bool) {
	f, one := called(w, p["forum"]), titled(w, p["post"])
	if f == nil || one == nil || !f.ModeratedBy(w.Me().Name) {
		return forum.Report{}, false
	}
	i := slices.IndexFunc(f.Reports, func(r forum.Report) bool { return r.Target == one.ID })
	if i < 0 {
		return forum.Report{}, false
	}
	return f.Reports[i], true
}

// reporter asks for a cell of a table.
func reporter() template {
	return template{
		Name: "reporter", Kind: task.Find, Level: 2, Unseen: true, Goal: `Who reported the post "{post}" to the moderators of {forum}? Answer with the name of the member.`,
		Draw: reported,
		Want: func(w *forum.World, p task.Params) (task.Want, bool) {
			r, ok := reportOf(w, p)
			return task.Want{Answer: r.By}, ok
		},
		Moves: func(_ *forum.World, p task.Params) []task.Move {
			return append(enter(p["forum"]), task.Press("Reports", "link"))
		},
		Read: func(p task.Params) func(task.Screen) string {
			const by = 2 // after the post come who wrote it and what is wrong
			return func(s task.Screen) string {
				cells := s.After(func(l task.Line) bool { return l.Role == "link" && l.Name == p["post"] })
				if len(cells) <= by {
					return ""
				}
				return cells[by].Name
			}
		},
	}
}
