package openenv

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
)

// Keys of metadata that every timestep has, beside those of its Info.
const (
	metaTerminated = compat.ToldTerminated
	metaTruncated  = compat.ToldTruncated
	metaSession    = "session_id" // on an episode's first timestep
	metaEpisode    = "episode_id" // on an episode's first timestep: the name that state tells
)

// appendTimestep appends what clients know as a step's result: observation, reward, done and
// metadata. Metadata is in the observation, too: older clients look for it there. The reward
// of a reset is null.
func (p *play) appendTimestep(dst []byte, ts *gym.Timestep, s *state, first bool) []byte {
	dst = append(dst, `{"observation":`...)
	dst, from, to := p.appendObservation(dst, ts, s, first)
	dst = append(dst, `,"reward":`...)
	if first {
		dst = append(dst, "null"...)
	} else {
		dst = appendNumber(dst, ts.Reward)
	}
	dst = append(dst, `,"done":`...)
	dst = strconv.AppendBool(dst, ts.Ended())
	dst = append(dst, `,"metadata":`...)
	dst = append(dst, dst[from:to]...)
	return append(dst, '}')
}

// appendObservation appends the observation, and tells where its metadata is. Its keys are the
// same on every backend.
func (p *play) appendObservation(dst []byte, ts *gym.Timestep, s *state, first bool) (_ []byte, from, to int) {
	spec, o := &p.lease.Reg.Spec, &ts.Observation
	dst = append(dst, `{"text":`...)
	dst = appendText(dst, o.Text)
	dst = append(dst, `,"goal":`...)
	dst = appendText(dst, o.Goal)
	dst = appendActions(dst, spec.ListsActions, o.Actions)
	if spec.Array != nil {
		dst = append(dst, `,"array":`...)
		dst = appendArray(dst, o.Array)
	}
	if spec.Browser {
		dst = appendPage(dst, ts)
	}
	dst = append(dst, `,"metadata":`...)
	from = len(dst)
	dst = p.appendMetadata(dst, ts, s, first)
	return append(dst, '}'), from, len(dst)
}

// appendActions appends the admissible actions, which are null of an environment that does not
// list them.
func appendActions(dst []byte, listed bool, actions []string) []byte {
	dst = append(dst, `,"actions":`...)
	if len(actions) == 0 && !listed {
		return append(dst, "null"...)
	}
	return appendList(dst, actions, appendText)
}

// appendPage appends what BrowserGym's observations have beside text and goal. Text is the
// page's accessibility tree already. What no backend gives is empty, since clients take
// nothing else for it.
func appendPage(dst []byte, ts *gym.Timestep) []byte {
	wrong, _ := ts.Info[gym.InfoActionError].(string)
	dst = append(dst, `,"url":`...)
	dst = appendText(dst, ts.Observation.URL)
	dst = append(dst, `,"screenshot":`...)
	dst = appendPicture(dst, ts.Observation.Image)
	dst = append(dst, `,"axtree_txt":`...)
	dst = appendText(dst, given(ts, "axtree_txt", ts.Observation.Text))
	dst = append(dst, `,"pruned_html":`...)
	dst = appendText(dst, given(ts, "pruned_html", ""))
	dst = append(dst, `,"error":`...)
	dst = appendText(dst, wrong)
	dst = append(dst, `,"last_action_error":`...)
	return strconv.AppendBool(dst, wrong != "")
}

// given is a view of a page, or what stands for it where there is none.
func given(ts *gym.Timestep, view, otherwise string) string {
	if text, ok := ts.Observation.Extra[view].(string); ok {
		return text
	}
	return otherwise
}

// appendArray appends a numeric state; numbers that JSON does not have are null.
func appendArray(dst []byte, a *gym.Array) []byte {
	if a == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"dtype":`...)
	dst = appendText(dst, a.DType)
	dst = append(dst, `,"shape":`...)
	dst = appendList(dst, a.Shape, func(dst []byte, n int) []byte { return strconv.AppendInt(dst, int64(n), 10) })
	dst = append(dst, `,"data":`...)
	dst = appendList(dst, a.Data, func(dst []byte, v float64) []byte {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...)
		}
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	})
	return append(dst, '}')
}

// appendMetadata appends where a timestep came from: what every timestep has, what is told of
// a first one, and its Info.
func (p *play) appendMetadata(dst []byte, ts *gym.Timestep, s *state, first bool) []byte {
	dst = append(dst, `{"terminated":`...)
	dst = strconv.AppendBool(dst, ts.Terminated)
	dst = append(dst, `,"truncated":`...)
	dst = strconv.AppendBool(dst, ts.Truncated)
	dst = append(dst, `,"seed_honoured":`...)
	dst = strconv.AppendBool(dst, s.seedHonoured)
	dst = append(dst, `,"backend":`...)
	dst = appendText(dst, playedBy(ts, s))
	if first {
		dst = append(dst, `,"session_id":`...)
		dst = appendText(dst, p.id)
		dst = append(dst, `,"episode_id":`...)
		dst = appendText(dst, s.episode)
		dst = appendNotGiven(dst, &p.lease.Reg.Spec, ts)
	}
	return append(appendInfo(dst, ts.Info), '}')
}

// playedBy is the backend of a timestep, which a mixed one draws anew for each episode.
func playedBy(ts *gym.Timestep, s *state) string {
	if b, ok := ts.Info[gym.InfoBackend].(string); ok {
		return b
	}
	return s.backend
}

// appendNotGiven lists the keys of a page's observations that stay empty.
func appendNotGiven(dst []byte, spec *gym.Spec, ts *gym.Timestep) []byte {
	if !spec.Browser {
		return dst
	}
	var missing []string
	if len(ts.Observation.Image) == 0 {
		missing = append(missing, "screenshot")
	}
	if given(ts, "pruned_html", "") == "" {
		missing = append(missing, "pruned_html")
	}
	if ts.Observation.URL == "" {
		missing = append(missing, "url")
	}
	dst = append(dst, `,"not_given":`...)
	return appendList(dst, missing, appendText)
}

// appendInfo appends the members of an Info that are not told already, in order.
func appendInfo(dst []byte, info gym.Info) []byte {
	var room [16]string
	keys := slices.AppendSeq(room[:0], maps.Keys(info))
	slices.Sort(keys)
	for _, k := range keys {
		switch k {
		case metaTerminated, metaTruncated, metaSession, metaEpisode, gym.InfoSeedHonoured, gym.InfoBackend:
			continue
		}
		dst = append(dst, ',')
		dst = appendText(dst, k)
		dst = append(dst, ':')
		dst = appendAny(dst, info[k])
	}
	return dst
}

// appendState appends a session's state. What it has for pages in a browser is what
// BrowserGym's states have.
func (p *play) appendState(dst []byte) []byte {
	s, spec := p.now(), &p.lease.Reg.Spec
	fields := []member{
		{"episode_id", orNull(s.episode)}, {"step_count", s.steps}, {"session_id", p.id}, {"env", spec.ID},
		{"backend", orNull(s.backend)}, {"task_id", orNull(s.task)}, {"split", orNull(s.split)}, {"goal", s.goal},
		{"max_steps", nil}, {"cum_reward", s.reward}, {"running", s.running},
	}
	if spec.MaxSteps > 0 {
		fields[8].value = spec.MaxSteps
	}
	if spec.Browser {
		benchmark, task := parts(spec.ID)
		fields = append(fields, member{"benchmark", benchmark}, member{"task_name", task}, member{"current_url", s.url})
	}
	return appendMembers(dst, fields)
}

func appendMembers(dst []byte, members []member) []byte {
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, m.name)
		dst = append(dst, ':')
		dst = appendAny(dst, m.value)
	}
	return append(dst, '}')
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
