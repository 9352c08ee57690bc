// Package exchange writes episodes in the formats that other programs read: transitions
// (what import takes), Parquet datasets, chats, and conversations in AgentGym's shape.
//
// Episodes come and go one at a time, so what is held in memory does not grow with their
// number. What is written is there whole or not at all.
package exchange

import (
	"iter"
	"time"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// Episode is one to be written.
type Episode struct {
	experience.Episode
	// Env is the environment's name in a row, as [experience.EnvName] makes it.
	Env string
	// Source is the backend that played it, or "import".
	Source string
	// Model is who dreamed it; empty where nobody did.
	Model string
	// Created is when it began; zero where that is not known.
	Created time.Time
	// Seed is the seed of its reset; nil where that is not known.
	Seed *int64
	// Reasonings say why each step came out as it did; nil where nothing does, else one a step.
	Reasonings []string
}

// SourceImport is the Source of what was not recorded here.
const SourceImport = "import"

// Episodes are what is written, one after the other. An error is the last.
type Episodes = iter.Seq2[*Episode, error]

// FromLog is an episode of the log.
func FromLog(log *episode.Episode) *Episode {
	h := log.Header
	e := &Episode{
		Episode: experience.FromLog(log), Env: experience.EnvName(h.Env), Source: string(h.Backend),
		Model: h.Model, Created: h.Started, Seed: &h.Seed,
	}
	for i := 1; i < len(log.Steps); i++ {
		if why, ok := log.Steps[i].Timestep.Info[gym.InfoReasoning].(string); ok && why != "" {
			e.explain(i-1, why)
		}
	}
	return e
}

// FromImport is an episode of a recording.
func FromImport(r *experience.Recording, e experience.Episode) *Episode {
	return &Episode{Episode: e, Env: r.Env, Source: SourceImport}
}

// explain sets the reasoning of a step.
func (e *Episode) explain(step int, why string) {
	if e.Reasonings == nil {
		e.Reasonings = make([]string, len(e.Steps))
	}
	e.Reasonings[step] = why
}

// Annotate sets the reasonings that another source has, where it has them.
func (e *Episode) Annotate(reasoning func(experience.Ref) string) {
	for i := range e.Steps {
		if why := reasoning(e.Steps[i].Ref()); why != "" {
			e.explain(i, why)
		}
	}
}

// reasoning is that of a step, "" where there is none.
func (e *Episode) reasoning(step int) string {
	if e.Reasonings == nil {
		return ""
	}
	return e.Reasonings[step]
}
