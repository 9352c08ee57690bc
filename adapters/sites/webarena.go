package sites

import (
	"context"
	"slices"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
)

// ArenaTask is a task as WebArena's files have it.
type ArenaTask struct {
	ID             int               `json:"task_id"`
	Sites          []string          `json:"sites"`
	RequireLogin   bool              `json:"require_login"`
	StorageState   *string           `json:"storage_state"`
	StartURL       string            `json:"start_url"`
	Geolocation    *string           `json:"geolocation"`
	Intent         string            `json:"intent"`
	IntentTemplate string            `json:"intent_template"`
	Instantiation  map[string]string `json:"instantiation_dict"`
	TemplateID     int               `json:"intent_template_id"`
	RequireReset   bool              `json:"require_reset"`
	Eval           ArenaEval         `json:"eval"`
	DreamgymTask   string            `json:"dreamgym_task"` // the id of the task that this is
}

// ArenaEval is how a task is judged: every one of its types has to hold.
type ArenaEval struct {
	Types     []string       `json:"eval_types"`
	Answers   *ArenaAnswers  `json:"reference_answers"`
	URL       string         `json:"reference_url"`
	URLNote   string         `json:"url_note,omitempty"`
	HTML      []ArenaContent `json:"program_html"`
	StringRaw string         `json:"reference_answer_raw_annotation,omitempty"`
}

// ArenaAnswers are what an answer has to be.
type ArenaAnswers struct {
	Exact string `json:"exact_match"`
}

// ArenaContent is what a page has to have.
type ArenaContent struct {
	URL      string       `json:"url"`
	Locator  string       `json:"locator"`
	Required ArenaAnswers `json:"required_contents"`
}

// arenaSite is what WebArena calls a site, and where it is in its files.
type arenaSite struct{ name, address string }

func arenaSites() map[string]arenaSite {
	return map[string]arenaSite{
		"shop": {"shopping", "__SHOPPING__"}, "admin": {"shopping_admin", "__SHOPPING_ADMIN__"},
		"forum": {"reddit", "__REDDIT__"}, "code": {"gitlab", "__GITLAB__"},
	}
}

// Arena writes the tasks of an environment and a seed as WebArena's files have them. The
// file is judged where the sites are served with that seed, and their visitors are signed
// in: __SHOPPING__ is the address of the shop there, such as http://127.0.0.1:8090/shop.
// Not written can be tasks with rewards in part.
func (s *Suite) Arena(ctx context.Context, id string, seed int64) ([]ArenaTask, error) {
	i := slices.IndexFunc(s.variants, func(v variant) bool { return v.id == id })
	if i < 0 {
		return nil, gym.Errorf(gym.CodeUnknownEnvironment, "there is no %s among the sites", id)
	}
	v := s.variants[i]
	var list []ArenaTask
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
func (v variant) arena(n int, t gym.Task, p *task.Play) ArenaTask {
	a := ArenaTask{
		ID: n, RequireLogin: true, Intent: t.Goal, TemplateID: p.Form.Number, RequireReset: true, Instantiation: make(map[string]string), DreamgymTask: t.ID,
		StartURL: addressed(v.over[0].Home),
	}
	for _, site := range v.over {
		a.Sites = append(a.Sites, arenaSites()[site.App.Name()].name)
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
func (v variant) eval(w *task.Want) ArenaEval {
	var e ArenaEval
	if w.Answer != "" {
		e.Types, e.Answers, e.StringRaw = append(e.Types, "string_match"), &ArenaAnswers{w.Answer}, w.Answer
	}
	if w.Page != "" {
		e.Types, e.URL, e.URLNote = append(e.Types, "url_match"), addressed(w.Page), "GOLD in PRED"
	}
	changes := slices.Clone(w.Changes)
	if slices.Sort(changes); len(changes) == 0 {
		changes = []string{sites.Unchanged}
	}
	e.Types = append(e.Types, "program_html")
	e.HTML = []ArenaContent{{
		URL: addressed(v.over[0].Home) + sites.ChangesPath, Locator: "document.body.innerText", Required: ArenaAnswers{strings.Join(changes, "\n")},
	}}
	return e
}

// addressed writes a path of the sites as WebArena's files do.
func addressed(path string) string {
	name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return arenaSites()[name].address + "/" + rest
}
