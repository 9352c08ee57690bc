package compat

import (
	"math"
	"strings"

	"dreamgym/envserver/gym"
)

// Opening is an episode's first observation for clients that read text alone: the goal, the
// state and what may be done.
func Opening(o gym.Observation) string {
	if o.Goal == "" {
		return Reading(o)
	}
	return "Goal: " + o.Goal + "\n\n" + Reading(o)
}

// Reading is a later observation for such clients: the state, rounded where it is numbers alone,
// and what may be done.
func Reading(o gym.Observation) string {
	var b strings.Builder
	if b.WriteString(o.Text); o.Text == "" && o.Array != nil {
		b.WriteString(o.Array.Rounded())
	}
	if len(o.Actions) == 0 {
		return b.String()
	}
	b.WriteString("\n\nAdmissible actions:")
	for _, a := range o.Actions {
		b.WriteString("\n- ")
		b.WriteString(a)
	}
	return b.String()
}

// Wording tells a policy how to act in an environment.
func Wording(s gym.Spec) string {
	switch {
	case s.ListsActions:
		return "The action, as text: one of the admissible actions that the newest observation lists."
	case s.NumericActions:
		return "The action, as text: a number, or a list of numbers such as [0.5, -1]."
	}
	return "The action, as text, in the environment's own words."
}

// Keys of Told beside those of gym.Info.
const (
	ToldTerminated = "terminated"
	ToldTruncated  = "truncated"
)

// Told is what there is to know of a timestep beside the observation and the reward, for
// protocols that have one place for it. Numbers that JSON does not have are null.
func Told(ts gym.Timestep) map[string]any {
	told := make(map[string]any, len(ts.Info)+2)
	for k, v := range ts.Info {
		told[k] = finite(v)
	}
	told[ToldTerminated], told[ToldTruncated] = ts.Terminated, ts.Truncated
	return told
}

func finite(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = finite(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = finite(e)
		}
		return m
	}
	return v
}
