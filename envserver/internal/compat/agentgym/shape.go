package agentgym

import (
	"slices"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
)

// shape is what AgentGym's client of a name makes of the answers, where they differ.
type shape struct {
	number bool // create answers the id alone
	list   bool // reset answers a list that begins with the observation
	apart  bool // the client puts the goal before the first observation itself
}

// shapeOf answers the shape of a name; an environment's own path has none of these.
func shapeOf(name string) shape {
	return shape{
		number: slices.Contains([]string{"academia", "maze", "movie", "searchqa", "sheet", "sqlgym", "todo", "weather", "webshop", "wordle"}, name),
		list:   name == "webshop",
		apart:  name == "sciworld",
	}
}

// timestep is an answer to reset or step. Clients read different names: observation or state,
// reward or score, done or terminated.
type timestep struct {
	ID          int64          `json:"id"`
	Observation string         `json:"observation"`
	State       string         `json:"state"`
	Goal        string         `json:"task_description"`
	Actions     []string       `json:"available_actions"`
	Reward      float64        `json:"reward"`
	Score       float64        `json:"score"` // what the episode's rewards add up to
	Done        bool           `json:"done"`
	Terminated  bool           `json:"terminated"`
	Truncated   bool           `json:"truncated"`
	Info        map[string]any `json:"info"`
}

func answer(id int64, text string, score float64, ts gym.Timestep) timestep {
	actions := ts.Observation.Actions
	if actions == nil {
		actions = []string{}
	}
	return timestep{
		ID: id, Observation: text, State: text, Goal: ts.Observation.Goal, Actions: actions,
		Reward: ts.Reward, Score: score, Done: ts.Ended(), Terminated: ts.Terminated, Truncated: ts.Truncated, Info: compat.Told(ts),
	}
}

// opening is the text of a first observation.
func (s shape) opening(o gym.Observation) string {
	if s.apart {
		return compat.Reading(o)
	}
	return compat.Opening(o)
}
