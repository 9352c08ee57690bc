package foreign

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// turn is a turn of a conversation.
type turn struct {
	From  string `json:"from"`
	Value string `json:"value"`
}

// conversation is an item of a file. AgentGym's has the first two fields; export writes the
// others as well.
type conversation struct {
	Conversations []turn    `json:"conversations"`
	ItemID        string    `json:"item_id"`
	Env           string    `json:"env"`
	Task          string    `json:"task"`
	Scene         string    `json:"scene"`
	Split         gym.Split `json:"split"`
	Episode       string    `json:"episode"`
	Goal          string    `json:"goal"`
	Reward        *float64  `json:"reward"`
	Rewards       []float64 `json:"rewards"`
	Terminated    *bool     `json:"terminated"`
	Truncated     bool      `json:"truncated"`
	Last          string    `json:"last_observation"`
}

// conversations answers what takes the items of a file. Items of one name are told apart by
// a number.
func (r *reading) conversations() func(at string, o object) error {
	seen := make(map[string]int)
	return func(at string, o object) error {
		b, err := json.Marshal(o)
		if err != nil {
			return err
		}
		var c conversation
		if err := json.Unmarshal(b, &c); err != nil {
			return r.refuse(at, "", wrongType(err))
		}
		name := orElse(c.Episode, c.ItemID)
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s.%d", name, seen[name])
		}
		c.Episode = name
		rows, err := c.rows(r.o.Reward)
		if err != nil {
			return r.refuse(at, name, err)
		}
		for i, row := range rows {
			if err := r.add(fmt.Sprintf("%s, action %d", at, i+1), row); err != nil {
				return err
			}
		}
		return nil
	}
}

func wrongType(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is a JSON %s but has to be of type %s", wrong.Field, wrong.Value, wrong.Type)
	}
	return err
}

// rows are the item's steps: each turn of the agent that names an action, with the turns
// before and after it.
func (c *conversation) rows(worth *float64) ([]experience.Row, error) {
	if c.ItemID == "" {
		return nil, errors.New("item_id is missing")
	}
	steps, err := c.steps()
	if err != nil {
		return nil, err
	}
	rewards, err := c.rewards(len(steps), worth)
	if err != nil {
		return nil, err
	}
	env, _ := itemName(c.ItemID)
	goal := orElse(c.Goal, c.goal(steps[0].state))
	all := make([]experience.Row, len(steps))
	for i, s := range steps {
		all[i] = experience.Row{
			SchemaVersion: experience.SchemaVersion, Env: orElse(c.Env, env), Split: c.Split, Task: orElse(c.Task, c.ItemID),
			Scene: orElse(c.Scene, orElse(c.Task, c.ItemID)), Episode: c.Episode, Step: i, Goal: goal,
			State: s.state, Action: s.action, NextState: s.next, Reward: rewards[i],
		}
	}
	last := &all[len(all)-1]
	last.NextState = orElse(c.Last, last.NextState)
	last.Truncated = c.Truncated
	last.Terminated = !c.Truncated // a conversation is over where it ends, unless it says otherwise
	if c.Terminated != nil {
		last.Terminated = *c.Terminated
	}
	return all, nil
}

// rewards are those of n steps: as they stand, or the whole conversation's at its end.
func (c *conversation) rewards(n int, worth *float64) ([]float64, error) {
	if c.Rewards != nil {
		if len(c.Rewards) != n {
			return nil, fmt.Errorf("rewards has %d numbers for %d actions", len(c.Rewards), n)
		}
		return c.Rewards, nil
	}
	if c.Reward != nil {
		worth = c.Reward
	}
	if worth == nil {
		return nil, errors.New("it has no reward; say with --reward what each conversation is worth at its end (1 where the file has successes alone)")
	}
	rewards := make([]float64, n)
	rewards[n-1] = *worth
	return rewards, nil
}

// spoken is a step of a conversation.
type spoken struct{ state, action, next string }

// steps walks the turns. The agent's turns before the first state that follows its
// instructions ("Ok.") are no actions.
func (c *conversation) steps() ([]spoken, error) {
	var all []spoken
	state := ""
	for i, t := range c.Conversations {
		switch t.From {
		case "human", "user":
			if n := len(all); n > 0 {
				all[n-1].next = t.Value
			}
			state = t.Value
		case "gpt", "assistant":
			action, ok := actionOf(t.Value)
			if !ok && len(all) == 0 && i <= 1 {
				continue
			}
			if !ok {
				return nil, fmt.Errorf("turn %d has no Action: in it, but %q", i+1, gym.ClipTo(t.Value, quoted))
			}
			if i == 0 || c.agent(i-1) {
				return nil, fmt.Errorf("turn %d acts, and no state comes before it", i+1)
			}
			all = append(all, spoken{state: state, action: action})
		case "system":
		default:
			return nil, fmt.Errorf("turn %d is from %q; it is human or gpt", i+1, gym.ClipTo(t.From, quoted))
		}
	}
	if len(all) == 0 {
		return nil, errors.New("it has no action")
	}
	return all, nil
}

func (c *conversation) agent(i int) bool {
	return c.Conversations[i].From == "gpt" || c.Conversations[i].From == "assistant"
}

const actionWord = "Action:"

var (
	actionLine = regexp.MustCompile(`(?m)^[ \t]*Action:`)
	goalLine   = regexp.MustCompile(`(?i)(?:your (?:task|goal) is(?: to)?:?|instruction:|goal:|task:)(?:\s|\[SEP\])*([^\n\[]+)`)
)

// actionOf is what stands after the last line that begins with Action, else after the last
// Action in a line.
func actionOf(said string) (string, bool) {
	at := strings.LastIndex(said, actionWord)
	if lines := actionLine.FindAllStringIndex(said, -1); lines != nil {
		at = lines[len(lines)-1][1] - len(actionWord)
	}
	if at < 0 {
		return "", false
	}
	action := strings.TrimSpace(said[at+len(actionWord):])
	action = strings.TrimSpace(strings.TrimSuffix(action, "</s>"))
	return action, action != ""
}

// goal is what is to be done, where nothing names it: a line of the first state that says
// so, else the whole state. What comes before it is about the form of the answers.
func (c *conversation) goal(first string) string {
	if m := goalLine.FindStringSubmatch(first); m != nil {
		return strings.TrimSpace(m[1])
	}
	return strings.TrimSpace(first)
}

var numbered = regexp.MustCompile(`^(.+?)[_-]?(\d+)$`)

// itemName takes the name of an environment from that of its item: "shop" of "shop_17".
func itemName(id string) (name, number string) {
	if m := numbered.FindStringSubmatch(id); m != nil {
		return m[1], m[2]
	}
	return id, ""
}
