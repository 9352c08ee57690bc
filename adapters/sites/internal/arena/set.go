package arena

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
)

// ParamSites is a task's param that names the sites that it is over, separated by commas.
const ParamSites = "sites"

// Set is the tasks of a file.
type Set struct {
	rows []*Task
	byID map[string]*Task
}

var _ task.Set = (*Set)(nil)

// GymID is the id that the task has here.
func (t *Task) GymID() string { return "webarena-" + strconv.Itoa(t.ID) }

// mostTabs is how many tabs a policy may have open.
const mostTabs = 8

// starts are the addresses that an episode begins with, each in a tab.
func (t *Task) starts() []string { return strings.Split(t.StartURL, " |AND| ") }

// add takes a task in; an id is there once.
func (s *Set) add(t *Task) error {
	if s.byID[t.GymID()] != nil {
		return errors.New("an earlier row has this task_id, too")
	}
	s.byID[t.GymID()] = t
	s.rows = append(s.rows, t)
	return nil
}

// mixed lists unseen tasks over content that others are trained on.
func (s *Set) mixed() []error {
	trained := make(map[int64]bool)
	for _, t := range s.rows {
		trained[t.Own.Seed] = trained[t.Own.Seed] || t.Own.Split != gym.SplitUnseen
	}
	var faults []error
	for _, t := range s.rows {
		if t.Own.Split == gym.SplitUnseen && trained[t.Own.Seed] {
			faults = append(faults, fmt.Errorf("task_id %d is unseen, and the content of its dreamgym.seed, %d, is trained on or seen in other rows", t.ID, t.Own.Seed))
		}
	}
	return faults
}

// Deal answers the file's tasks in its order.
func (s *Set) Deal() map[gym.Split][]gym.Task {
	dealt := make(map[gym.Split][]gym.Task)
	for _, t := range s.rows {
		dealt[t.Own.Split] = append(dealt[t.Own.Split], gym.Task{
			ID: t.GymID(), Goal: t.Intent, Split: t.Own.Split, Scene: fmt.Sprintf("webarena-%d", t.Own.Seed), Seed: t.Own.Seed,
			Params: map[string]string{task.ParamTemplate: strconv.Itoa(t.TemplateID), ParamSites: strings.Join(t.Sites, ",")},
		})
	}
	return dealt
}

// Play answers how a task is played, nil where it is none of the file's. There is no solution.
func (s *Set) Play(one gym.Task) *task.Play {
	t := s.byID[one.ID]
	if t == nil || one.Seed != t.Own.Seed || one.Goal != t.Intent {
		return nil
	}
	var starts []string
	for _, address := range t.starts() {
		path, _ := pathOf(address) // it was checked when the file was read
		starts = append(starts, path)
	}
	return &task.Play{
		Asks: t.asks(), Start: starts[0], Beside: starts[1:], Tabs: mostTabs, Guest: !t.RequireLogin, Looks: t.looks(), Judge: t.judge,
	}
}

// looks are what is looked at to judge program_html, in its order.
func (t *Task) looks() []task.Look {
	if !slices.Contains(t.Eval.Types, programHTML) {
		return nil
	}
	var list []task.Look
	for _, c := range t.Eval.HTML {
		path, _ := pathOf(c.URL) // "" for the last page; the rest was checked
		list = append(list, task.Look{Path: path, Script: script(c.Locator)})
	}
	return list
}

// script is the expression that answers a locator's text: of an empty one the page's HTML, of
// one that fails nothing. What is no text is written as Python does, lists and objects as JSON.
func script(locator string) string {
	if strings.TrimSpace(locator) == "" {
		return "document.documentElement.outerHTML"
	}
	quoted, _ := json.Marshal("() => " + locator) // a string always can be
	return fmt.Sprintf(`(async () => {
	try {
		const v = await eval(%s)()
		const named = new Map([[undefined, 'None'], [null, 'None'], [true, 'True'], [false, 'False']])
		return named.get(v) ?? (typeof v === 'object' ? JSON.stringify(v) : String(v))
	} catch {
		return ''
	}
})()`, quoted)
}
