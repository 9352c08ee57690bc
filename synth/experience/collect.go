package experience

import (
	"errors"
	"fmt"
	"strings"

	"dreamgym/envserver/gym"
)

const maxFaults = 10 // faulty rows that are named

// Recording is what rows came to.
type Recording struct {
	// Env is the environment's name, as [EnvName] makes it.
	Env string
	// Episodes are in the order of their first rows.
	Episodes []Episode
	// Hashed says that no row named a split, so that a hash of scenes and episodes did.
	Hashed bool
	// Skipped is what was left out for its faults.
	Skipped Skipped
}

// Skipped is what a [Collector] that skips faulty rows left out.
type Skipped struct {
	Rows     int      `json:"rows"`     // that were faulty themselves
	Episodes int      `json:"episodes"` // left out whole
	Faults   []string `json:"faults"`   // the first of them
}

// CollectOptions say what becomes of faulty rows.
type CollectOptions struct {
	// SkipBad leaves an episode out whole where a row of it is faulty, instead of refusing
	// everything: without that row it would not be what happened.
	SkipBad bool
	// Env is the environment's name, whatever the rows call it.
	Env string
}

// Collector gathers rows, whatever file they come from, into a recording. The rows of an
// episode come in order of step; those of several may alternate.
type Collector struct {
	o        CollectOptions
	faults   []string
	refused  int // rows; faults has the first
	unread   int // rows that could not be read: their episodes lack them
	env      string
	splits   bool // whether rows name a split
	order    []*gathered
	episodes map[episodeKey]*gathered
	names    map[string]*gathered // the first episode of a name
	tainted  map[string]bool      // names of episodes with a faulty row
	last     *gathered            // what the last row belongs to
}

// NewCollector makes a collector without rows.
func NewCollector(o CollectOptions) *Collector {
	return &Collector{o: o, episodes: make(map[episodeKey]*gathered), names: make(map[string]*gathered), tainted: make(map[string]bool)}
}

// Full tells that enough faults were found to say what is wrong: the rest need not be read.
func (c *Collector) Full() bool { return !c.o.SkipBad && len(c.faults) >= maxFaults }

// Refuse notes what could not be read as a row, and where. The name of its episode may not
// be known; then it is taken for the one that is under way.
func (c *Collector) Refuse(at, episode string, why error) {
	c.unread++
	if episode == "" && c.last != nil && !c.last.ended {
		episode = c.last.name
	}
	c.fault(at, episode, why)
}

func (c *Collector) fault(at, episode string, why error) {
	c.refused++
	if episode != "" {
		c.tainted[episode] = true
	}
	if len(c.faults) < maxFaults {
		c.faults = append(c.faults, at+": "+strings.ReplaceAll(why.Error(), "\n", "; "))
	}
}

// Add takes the next row, and checks it. at says where it stands, for whoever has to mend it.
func (c *Collector) Add(at string, row Row) {
	if c.o.Env != "" {
		row.Env = c.o.Env
	}
	err := row.check()
	if err != nil {
		c.Refuse(at, row.Episode, err)
		return
	}
	if err := c.place(at, row); err != nil {
		c.fault(at, row.Episode, err)
	}
}

// episodeKey tells episodes apart: logs of several tasks may number their episodes alike.
type episodeKey struct {
	split       gym.Split
	task, scene string
	name        string
}

// gathered is an episode under way.
type gathered struct {
	Episode
	name   string // in its rows
	at     string // where its first row stands
	ended  bool
	faulty bool // rows after its end were named
	shared bool // other episodes have its name
}

// place appends a row to its episode.
func (c *Collector) place(at string, row Row) error {
	if len(c.order) == 0 {
		c.env, c.splits = row.Env, row.Split != ""
	}
	if row.Env != c.env {
		return fmt.Errorf("env is %q but the rows before have %q; a file holds one environment", row.Env, c.env)
	}
	if c.splits != (row.Split != "") {
		return errors.New("either every row has a split or none has")
	}
	e, err := c.episode(at, row)
	if e != nil {
		c.last = e
		e.ended = row.Terminated || row.Truncated
		appendRow(&e.Episode, row)
	}
	return err
}

// episode answers the episode that row belongs to. Where it is not the next step, that is
// a fault, once: what follows it is then in order, and so is what follows a row that could
// not be read. nil: the row belongs to none.
func (c *Collector) episode(at string, row Row) (*gathered, error) {
	key := episodeKey{row.Split, row.Task, row.Scene, row.Episode}
	e, first := c.episodes[key], c.names[row.Episode]
	expected, comes := 0, "first"
	switch {
	case e == nil && row.Step != 0 && first != nil:
		return nil, fmt.Errorf("episode %q began on %s with task %q, scene %q, split %q; they stay the same in an episode",
			first.ID, first.at, first.Task, first.Scene, first.Split)
	case e == nil:
		e = c.begin(at, key, row)
	case e.ended && e.faulty:
		return nil, nil
	case e.ended:
		e.faulty = true
		return nil, fmt.Errorf("episode %q has ended before this row; another episode needs another name", e.ID)
	default:
		expected, comes = e.Steps[len(e.Steps)-1].Step+1, "next"
	}
	gap := row.Step - expected
	if gap != 0 {
		c.tainted[row.Episode] = true
	}
	if gap == 0 || gap > 0 && gap <= c.unread {
		return e, nil
	}
	return e, fmt.Errorf("step is %d but %d comes %s in episode %q; steps count from 0, in order", row.Step, expected, comes, e.ID)
}

// begin starts an episode.
func (c *Collector) begin(at string, key episodeKey, row Row) *gathered {
	e := &gathered{at: at, name: row.Episode, Episode: Episode{ID: row.Episode, Task: row.Task, Scene: row.Scene, Goal: row.Goal, Split: row.Split}}
	if first := c.names[row.Episode]; first != nil {
		first.shared, e.shared = true, true
	} else {
		c.names[row.Episode] = e
	}
	c.episodes[key] = e
	c.order = append(c.order, e)
	return e
}

// distinguish gives episodes of one name different ones.
func (e *gathered) distinguish() {
	if !e.shared {
		return
	}
	e.ID = strings.Join([]string{string(e.Split), e.Scene, e.Task, e.ID}, "/")
	for i := range e.Steps {
		e.Steps[i].Episode = e.ID
	}
}

// appendRow adds a row's transition, and shares what it repeats of the one before.
func appendRow(e *Episode, row Row) {
	if n := len(e.Steps); n > 0 {
		last := &e.Steps[n-1]
		last.NextActions = row.Actions
		if last.Next == row.State {
			row.State = last.Next
		}
	}
	e.Steps = append(e.Steps, Transition{
		Task: e.Task, Scene: e.Scene, Episode: e.ID, Step: row.Step, Goal: e.Goal,
		State: row.State, Action: row.Action, Next: row.NextState, Reward: row.Reward,
		Terminated: row.Terminated, Truncated: row.Truncated, Actions: row.Actions,
	})
}

// Finish answers the recording. Faults are one CodeInvalidRequest for all, unless they are
// skipped; no episode at all is one, too.
func (c *Collector) Finish() (*Recording, error) {
	if c.splits && (c.o.SkipBad || len(c.faults) == 0) {
		c.checkUnseen()
	}
	if len(c.faults) > 0 && !c.o.SkipBad {
		return nil, gym.Errorf(gym.CodeInvalidRequest, "%s", strings.Join(c.faults, "\n"))
	}
	rec := &Recording{Env: EnvName(c.env), Hashed: !c.splits}
	for _, e := range c.order {
		if c.tainted[e.name] {
			continue
		}
		e.distinguish()
		rec.Episodes = append(rec.Episodes, e.Episode)
	}
	if c.o.SkipBad {
		rec.Skipped = Skipped{Rows: c.refused, Episodes: len(c.order) - len(rec.Episodes) + c.neverBegun(), Faults: c.faults}
	}
	switch {
	case len(c.order) == 0 && len(c.faults) == 0:
		return nil, gym.Errorf(gym.CodeInvalidRequest, "the recording has no rows")
	case len(rec.Episodes) == 0:
		return nil, gym.Errorf(gym.CodeInvalidRequest, "no episode is without fault:\n%s", strings.Join(c.faults, "\n"))
	case rec.Hashed:
		splitByHash(rec.Episodes)
	}
	return rec, nil
}

// neverBegun counts the episodes that are known by faulty rows alone.
func (c *Collector) neverBegun() (n int) {
	for name := range c.tainted {
		if c.names[name] == nil {
			n++
		}
	}
	return n
}

// checkUnseen names the unseen episodes whose task or scene train has.
func (c *Collector) checkUnseen() {
	tasks, scenes := make(map[string]bool), make(map[string]bool)
	for _, e := range c.order {
		if e.Split == gym.SplitTrain && !c.tainted[e.name] {
			tasks[e.Task], scenes[e.Scene] = true, true
		}
	}
	for _, e := range c.order {
		if e.Split != gym.SplitUnseen || c.Full() {
			continue
		}
		if tasks[e.Task] {
			c.fault(e.at, e.name, fmt.Errorf("task %q is in train, so the episode is not unseen; name its split seen", e.Task))
		} else if scenes[e.Scene] {
			c.fault(e.at, e.name, fmt.Errorf("scene %q is in train, so the episode is not unseen; name its split seen", e.Scene))
		}
	}
}
