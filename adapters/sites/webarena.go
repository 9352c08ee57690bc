package sites

import (
	"context"
	"slices"
	"strings"

	"dreamgym/adapters/sites/internal/arena"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
)

// Arena writes the tasks of an environment and a seed as WebArena's files have them. The
// file is judged where the sites are served with that seed, and their visitors are signed
// in: __SHOPPING__ is the address of the shop there, such as http://127.0.0.1:8090/shop.
// Not written can be tasks with rewards in part.
func (s *Suite) Arena(ctx context.Context, id string, seed int64) ([]arena.Task, error) {
	i := slices.IndexFunc(s.variants, func(v variant) bool { return v.id == id })
	if i < 0 {
		return nil, gym.Errorf(gym.CodeUnknownEnvironment, "there is no %s among the sites", id)
	}
	v := s.variants[i]
	var list []arena.Task
	dealt := v.tasks.Deal()
	for _, split := range gym.Splits() {
		for _, t := range dealt[split] {
			if t.Seed != seed {
				continue
			}
			p := v.tasks.Play(t)
			if p.Want == nil {
				return nil, gym.Errorf(gym.CodeInvalidConfig, "the tasks of %s have rewards in part, which WebArena's files do not know", id)
			}
			list = append(list, v.arena(len(list), t, p))
		}
	}
	if len(list) == 0 {
		return nil, gym.Errorf(gym.CodeUnknownTask, "%s has no tasks of seed %d; it has those of %v and %v", id, seed, task.TrainSeeds(), task.UnseenSeeds())
	}
	return list, ctx.Err()
}

// arena writes one task.
func (v variant) arena(n int, t gym.Task, p *task.Play) arena.Task {
	a := arena.Task{
		ID: n, RequireLogin: true, Intent: t.Goal, TemplateID: p.Form.Number, RequireReset: true, Instantiation: make(map[string]any),
		StartURL: arena.Addressed(v.over[0].Home), Own: arena.Own{Task: t.ID, Seed: t.Seed, Split: t.Split},
	}
	for _, site := range v.over {
		a.Sites = append(a.Sites, arena.SiteName(site.App.Name()))
	}
	blanks := []string{}
	for name, value := range t.Params {
		if strings.Contains(p.Form.Goal, "{"+name+"}") {
			a.Instantiation[name] = value
			blanks = append(blanks, "{"+name+"}", "{{"+name+"}}")
		}
	}
	a.IntentTemplate = strings.NewReplacer(blanks...).Replace(p.Form.Goal)
	a.Eval = v.eval(p.Want)
	return a
}

// eval says what is asked for in WebArena's words. What was changed, and that nothing else
// was, is on a page of the site.
func (v variant) eval(w *task.Want) arena.Eval {
	var e arena.Eval
	if w.Answer != "" {
		e.Types, e.Answers, e.StringRaw = append(e.Types, "string_match"), &arena.Wanted{Exact: &w.Answer}, w.Answer
	}
	if w.Page != "" {
		e.Types, e.URL, e.URLNote = append(e.Types, "url_match"), arena.Addressed(w.Page), "GOLD in PRED"
	}
	changes := slices.Clone(w.Changes)
	if slices.Sort(changes); len(changes) == 0 {
		changes = []string{sites.Unchanged}
	}
	e.Types = append(e.Types, "program_html")
	told := strings.Join(changes, "\n")
	e.HTML = []arena.Content{{
		URL: arena.Addressed(v.over[0].Home) + sites.ChangesPath, Locator: "document.body.innerText", Required: arena.Wanted{Exact: &told},
	}}
	return e
}
