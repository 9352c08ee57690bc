package gymtest

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"dreamgym/envserver/gym"
)

// inspect tells what is wrong with a timestep by itself.
func (c Config) inspect(ts gym.Timestep) []string {
	return slices.Concat(c.inspectObservation(ts), c.inspectReward(ts), inspectEnd(ts), c.inspectInfo(ts.Info), c.inspectDream(ts))
}

func (c Config) inspectObservation(ts gym.Timestep) []string {
	var faults []string
	o, spec := ts.Observation, c.Registration.Spec
	if len(o.Text) > spec.TextLimit() {
		faults = append(faults, fmt.Sprintf("the text has %d bytes, the limit is %d", len(o.Text), spec.TextLimit()))
	}
	for _, s := range append([]string{o.Goal, o.Text, o.URL}, o.Actions...) {
		if !utf8.ValidString(s) {
			faults = append(faults, fmt.Sprintf("%q is not valid UTF-8", s))
		}
	}
	if o.Array != nil {
		faults = append(faults, inspectArray(o.Array)...)
	}
	return append(faults, c.inspectActions(ts)...)
}

func inspectArray(a *gym.Array) []string {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	if n != len(a.Data) {
		return []string{fmt.Sprintf("the array's shape %v does not fit %d values", a.Shape, len(a.Data))}
	}
	return nil
}

// inspectActions looks at the listed actions.
func (c Config) inspectActions(ts gym.Timestep) []string {
	spec, listed := c.Registration.Spec, ts.Observation.Actions
	var faults []string
	switch {
	case spec.ListsActions && len(listed) == 0 && !ts.Ended():
		faults = append(faults, "no actions are listed, and the Spec says that they are")
	case !spec.ListsActions && len(listed) > 0:
		faults = append(faults, "actions are listed, and the Spec says that they are not")
	}
	for i, a := range listed {
		if err := spec.CheckAction(gym.Action(a)); err != nil {
			faults = append(faults, fmt.Sprintf("the listed action %q cannot be sent: %v", a, err))
		}
		if slices.Contains(listed[:i], a) {
			faults = append(faults, fmt.Sprintf("the action %q is listed twice", a))
		}
	}
	return faults
}

func (c Config) inspectReward(ts gym.Timestep) []string {
	declared := c.Registration.Spec.Rewards
	if math.IsNaN(ts.Reward) || math.IsInf(ts.Reward, 0) {
		return []string{fmt.Sprintf("the reward is %v", ts.Reward)}
	}
	if len(declared) > 0 && !slices.Contains(declared, ts.Reward) {
		return []string{fmt.Sprintf("the reward %v is not among the declared %v", ts.Reward, declared)}
	}
	return nil
}

// inspectEnd looks at how the timestep says that the episode is over.
func inspectEnd(ts gym.Timestep) []string {
	stop, stopped := ts.Info[gym.InfoStop]
	switch {
	case ts.Terminated && ts.Truncated:
		return []string{"it is both terminated and truncated"}
	case !ts.Truncated && stopped:
		return []string{fmt.Sprintf("info.stop is %v, and nothing was truncated", stop)}
	case ts.Truncated && stop != gym.StopStepLimit && stop != gym.StopInsufficientEvidence:
		return []string{fmt.Sprintf("it is truncated with info.stop %v, want %s or %s", stop, gym.StopStepLimit, gym.StopInsufficientEvidence)}
	case stop == gym.StopInsufficientEvidence && ts.Reward != 0:
		return []string{fmt.Sprintf("a dream without evidence gives reward %v, want 0", ts.Reward)}
	}
	return nil
}

func (c Config) inspectInfo(info gym.Info) []string {
	var faults []string
	if got := fmt.Sprint(info[gym.InfoBackend]); got != string(c.Backend) {
		faults = append(faults, fmt.Sprintf("info.backend is %s, want %s", got, c.Backend))
	}
	for k, v := range info {
		if !plain(reflect.ValueOf(v)) {
			faults = append(faults, fmt.Sprintf("info.%s holds a %T: it takes strings, finite numbers, booleans, and lists and string-keyed maps of these", k, v))
		}
	}
	return faults
}

// plain tells whether a value can go over every wire.
func plain(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String())
	case reflect.Float32, reflect.Float64:
		return !math.IsNaN(v.Float()) && !math.IsInf(v.Float(), 0)
	case reflect.Interface:
		return plain(v.Elem())
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if !plain(v.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		return plainMap(v)
	}
	return v.Kind() == reflect.Bool || v.CanInt() || v.CanUint()
}

func plainMap(v reflect.Value) bool {
	if v.Type().Key().Kind() != reflect.String {
		return false
	}
	for it := v.MapRange(); it.Next(); {
		if !plain(it.Value()) {
			return false
		}
	}
	return true
}

// inspectDream looks at what only a dream tells, and only a dream may tell.
func (c Config) inspectDream(ts gym.Timestep) []string {
	evidence, named := ts.Info[gym.InfoEvidence]
	confidence, sure := ts.Info[gym.InfoConfidence]
	if c.Backend == gym.BackendReal && (named || sure) {
		return []string{"the real side tells evidence or confidence"}
	}
	if c.Backend != gym.BackendDream {
		return nil
	}
	var faults []string
	if v := reflect.ValueOf(confidence); !v.CanFloat() || v.Float() < 0 || v.Float() > 1 {
		faults = append(faults, fmt.Sprintf("info.confidence is %v, want a number from 0 to 1", confidence))
	}
	if v := reflect.ValueOf(evidence); v.Kind() != reflect.Slice {
		faults = append(faults, fmt.Sprintf("info.evidence is %v, want a list", evidence))
	}
	if model, _ := ts.Info[gym.InfoModel].(string); model == "" {
		faults = append(faults, "info.model is missing")
	}
	return faults
}

// inspectFirst tells what is wrong with an episode's first timestep.
func (c Config) inspectFirst(o gym.ResetOptions, ts gym.Timestep) []string {
	faults := c.inspect(ts)
	if ts.Reward != 0 || ts.Ended() {
		faults = append(faults, fmt.Sprintf("it has reward %v, terminated %v, truncated %v", ts.Reward, ts.Terminated, ts.Truncated))
	}
	for key, want := range map[string]string{gym.InfoTask: o.Task.ID, gym.InfoSplit: string(o.Task.Split), gym.InfoScene: o.Task.Scene} {
		if got, _ := ts.Info[key].(string); got != want {
			faults = append(faults, fmt.Sprintf("info.%s is %q, want %q", key, got, want))
		}
	}
	if _, ok := ts.Info[gym.InfoSeedHonoured].(bool); !ok {
		faults = append(faults, "info.seed_honoured is missing")
	}
	if _, ok := ts.Info[gym.InfoSnapshot]; !ok && c.Backend == gym.BackendDream {
		faults = append(faults, "info.snapshot is missing")
	}
	if o.Task.Goal != "" && ts.Observation.Goal != o.Task.Goal {
		faults = append(faults, fmt.Sprintf("the goal is %q, the task's %q", ts.Observation.Goal, o.Task.Goal))
	}
	if o.Task.Start != nil && text(c.bare(*o.Task.Start)) != text(c.bare(ts.Observation)) {
		faults = append(faults, fmt.Sprintf("the observation is not the task's start:\n%s%s", text(ts.Observation), text(*o.Task.Start)))
	}
	return faults
}

// bare is an observation without the views that are declared.
func (c Config) bare(o gym.Observation) gym.Observation {
	if len(c.Registration.Spec.Views) > 0 {
		o.Extra, o.Image, o.URL = nil, nil, ""
	}
	return o
}

// keys are the fields that an observation fills, which are the same for every backend. A view that
// is declared counts: a backend that cannot give it leaves its field empty.
func (c Config) keys(o gym.Observation) string {
	var all []string
	declared := func(view string) bool { return slices.Contains(c.Registration.Spec.Views, view) }
	add := func(key string, filled bool) {
		if filled {
			all = append(all, key)
		}
	}
	add("goal", o.Goal != "")
	add("actions", len(o.Actions) > 0)
	add("url", o.URL != "" || declared(gym.ViewURL))
	add("image", len(o.Image) > 0 || declared(gym.ViewScreenshot))
	if o.Array != nil {
		all = append(all, fmt.Sprintf("array %s %v", o.Array.DType, o.Array.Shape))
	}
	for k := range o.Extra {
		all = append(all, "extra."+k)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
