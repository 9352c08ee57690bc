package task

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
)

// Kind is what a task asks for, as WebArena sorts them.
type Kind string

// The kinds of tasks.
const (
	Find   Kind = "find"   // find something out and answer
	Visit  Kind = "go"     // go to a page
	Change Kind = "change" // change something
)

// Params are what a template is filled in with. Those in Templates.Names name what a world
// has, the others are a template's own choice.
type Params map[string]string

// Template is a task with blanks, {so}, over a world of type W. Values that a policy may
// have to type are quoted.
type Template[W any] struct {
	Name   string
	Kind   Kind
	Level  int // 1: a page or two away; 2: some pages; 3: several things to get right
	Unseen bool
	Goal   string
	// Draw fills the blanks from a world; nil where what was drawn does not do.
	Draw func(w W, r *rand.Rand) Params
	// Want is what is asked for; ok is false where the world has no such thing.
	Want func(w W, p Params) (asked Want, ok bool)
	// Moves bring the scripted policy where the answer is, or to the page, or change
	// what is to be changed. Read finds the answer.
	Moves func(w W, p Params) []Move
	Read  func(p Params) func(Screen) string
	// Wrong changes something else than asked; of the other kinds a wrong answer or page is
	// made of Moves.
	Wrong func(w W, p Params) []Move
}

// Keys of the params that every task has; who chooses tasks may go by them.
const (
	ParamTemplate = "template"
	ParamKind     = "kind"
	ParamLevel    = "level"
)

// fill puts params into the blanks of a goal.
func fill(goal string, p Params) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		pairs = append(pairs, "{"+name+"}", p[name])
	}
	return strings.NewReplacer(pairs...).Replace(goal)
}

// draw is Draw for tasks: what is drawn can be asked for, and says what it is.
func (t *Template[W]) draw(w W, r *rand.Rand) Params {
	p := t.Draw(w, r)
	if p == nil {
		return nil
	}
	p[ParamTemplate], p[ParamKind], p[ParamLevel] = t.Name, string(t.Kind), strconv.Itoa(t.Level)
	if _, ok := t.Want(w, p); !ok {
		return nil
	}
	return p
}

// solution is the way of the scripted policy.
func (t *Template[W]) solution(w W, p Params) []Move {
	if t.Kind == Find {
		return append(t.Moves(w, p), Answer(t.Read(p)))
	}
	return append(t.Moves(w, p), Done())
}

// nearMiss is a way that comes close: a wrong answer, page or value.
func (t *Template[W]) nearMiss(w W, p Params) []Move {
	switch t.Kind {
	case Find:
		read := t.Read(p)
		return append(t.Moves(w, p), Answer(func(s Screen) string { return read(s) + "1" }))
	case Visit:
		moves := t.Moves(w, p)
		return append(moves[:len(moves)-1], Done())
	}
	return append(t.Wrong(w, p), Done())
}

// fails is the condition that nearMiss does not meet.
func (t *Template[W]) fails() string {
	return map[Kind]string{Find: Answered, Visit: Arrived, Change: Changed}[t.Kind]
}

// Templates are the tasks of an environment that is made of templates.
type Templates[W any] struct {
	Scene string // of a task, before its seed: shop
	World func(seed int64) W
	All   []Template[W]
	// Names are the parameters that name what a world has: no unseen task shares a value of
	// one with train.
	Names []string
	// Meddle changes what a task does not ask for, and ends where its solution can begin.
	Meddle func(w W, p Params) []Move
}

var _ Set = (*Templates[int])(nil)

// Of each template and seed as many tasks are dealt.
const (
	trainTasks  = 12
	unseenTasks = 14
)

// Deal makes the tasks, those of unseen templates last.
func (s *Templates[W]) Deal() map[gym.Split][]gym.Task {
	d := NewDeck(s.Scene, s.World, s.Names)
	for _, unseen := range []bool{false, true} {
		for _, t := range s.All {
			if t.Unseen != unseen {
				continue
			}
			seeds, split, n := TrainSeeds(), gym.SplitTrain, trainTasks
			if unseen {
				seeds, split, n = UnseenSeeds(), gym.SplitUnseen, unseenTasks
			}
			for _, seed := range seeds {
				d.Add(t.Name, seed, split, n, t.draw, func(p Params) string { return fill(t.Goal, p) })
			}
		}
	}
	return d.Tasks
}

// Play answers how a task is played, nil where it is none of the set's.
func (s *Templates[W]) Play(task gym.Task) *Play {
	i := slices.IndexFunc(s.All, func(t Template[W]) bool { return t.Name == task.Params[ParamTemplate] })
	if i < 0 || !Known(task.Seed) {
		return nil
	}
	t, w, p := &s.All[i], s.World(task.Seed), Params(task.Params)
	asked, ok := t.Want(w, p)
	if !ok {
		return nil
	}
	return &Play{
		Asks: t.Kind == Find, Form: Form{i + 1, t.Goal}, Want: &asked, Solution: t.solution(w, p), Judge: asked.judge,
		Misses: func() []Miss {
			return []Miss{
				{Name: "a near miss", Moves: t.nearMiss(w, p), Fails: t.fails()},
				{Name: "the solution with an unwanted change", Moves: slices.Concat(s.Meddle(w, p), t.solution(w, p)), Fails: NothingElse},
			}
		},
	}
}

// Counts are how many templates there are.
type Counts struct {
	Templates, Unseen int
	Kinds             map[Kind]int
}

// Counts counts the templates.
func (s *Templates[W]) Counts() Counts {
	c := Counts{Templates: len(s.All), Kinds: make(map[Kind]int)}
	for _, t := range s.All {
		c.Kinds[t.Kind]++
		if t.Unseen {
			c.Unseen++
		}
	}
	return c
}
