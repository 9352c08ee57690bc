package session_test

import (
	"sync"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/session"
)

// memory is a journal without files, for tests in which time is not real.
type memory struct {
	session.Unrecorded
	mu      sync.Mutex
	answers []episode.Answer
	ends    []episode.End
	running map[string]*episode.Episode
}

func newMemory() *memory { return &memory{running: make(map[string]*episode.Episode)} }

func (m *memory) Begin(h episode.Header, first episode.Step, encoded []byte) error {
	m.mu.Lock()
	m.running[h.ID] = &episode.Episode{Header: h}
	m.mu.Unlock()
	return m.AppendStep(h.ID, first, encoded)
}

func (m *memory) AppendStep(id string, s episode.Step, encoded []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.running[id]
	if e == nil {
		return gym.Errorf(gym.CodeUnknownEpisode, "episode %q is not running", id)
	}
	e.Steps = append(e.Steps, s)
	m.answers = append(m.answers, episode.Answer{
		Request: s.Request, Digest: append([]byte(nil), s.Digest...), Episode: id, Index: s.Index, Timestep: append([]byte(nil), encoded...),
	})
	if s.Timestep.Ended() {
		delete(m.running, id)
	}
	return nil
}

func (m *memory) AppendEnd(id string, e episode.End) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ends = append(m.ends, e)
	delete(m.running, id)
	return nil
}

func (m *memory) Refuse(_ string, f episode.Refusal) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers = append(m.answers, episode.Answer{Request: f.Request, Digest: append([]byte(nil), f.Digest...), Refused: &f})
	return nil
}

func (m *memory) Answers(_ string, fn func(episode.Answer) bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.answers) - 1; i >= 0; i-- {
		if !fn(m.answers[i]) {
			break
		}
	}
	return nil
}
