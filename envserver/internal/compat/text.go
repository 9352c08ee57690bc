package compat

import (
	"maps"
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

// Reading is a later observation for such clients: the state and what may be done.
func Reading(o gym.Observation) string {
	if len(o.Actions) == 0 {
		return o.Text
	}
	var b strings.Builder
	b.WriteString(o.Text)
	b.WriteString("\n\nAdmissible actions:")
	for _, a := range o.Actions {
		b.WriteString("\n- ")
		b.WriteString(a)
	}
	return b.String()
}

// Wording tells a policy how to act in an environment.
func Wording(s gym.Spec) string {
	if s.ListsActions {
		return "The action, as text: one of the admissible actions that the newest observation lists."
	}
	return "The action, as text, in the environment's own words."
}

// Keys of Told beside those of gym.Info.
const (
	ToldTerminated = "terminated"
	ToldTruncated  = "truncated"
)

// Told is what there is to know of a timestep beside the observation and the reward, for
// protocols that have one place for it.
func Told(ts gym.Timestep) map[string]any {
	told := make(map[string]any, len(ts.Info)+2)
	maps.Copy(told, ts.Info)
	told[ToldTerminated], told[ToldTruncated] = ts.Terminated, ts.Truncated
	return told
}
