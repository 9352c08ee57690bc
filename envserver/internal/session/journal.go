package session

import (
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
)

// Journal is where sessions record what they did, before they say so. It may be used by
// many goroutines. *episode.Log is one.
type Journal interface {
	OpenSession(s episode.Session) error
	Begin(h episode.Header, first episode.Step, encoded []byte) error
	AppendStep(id string, s episode.Step, encoded []byte) error
	AppendEnd(id string, e episode.End) error
	Refuse(session string, f episode.Refusal) error
	CloseSession(id string, c episode.Closing) error
	// Answers are what an open session was answered, newest first.
	Answers(session string, fn func(episode.Answer) bool) error
	Sessions() ([]episode.SessionState, error)
	Running(id string) (*episode.Episode, error)
}

var (
	_ Journal = (*episode.Log)(nil)
	_ Journal = Unrecorded{}
)

// Unrecorded is a Journal that keeps nothing: only the latest answer of a session is then
// given again, and no session outlives the server.
type Unrecorded struct{}

// OpenSession keeps nothing.
func (Unrecorded) OpenSession(episode.Session) error { return nil }

// Begin keeps nothing.
func (Unrecorded) Begin(episode.Header, episode.Step, []byte) error { return nil }

// AppendStep keeps nothing.
func (Unrecorded) AppendStep(string, episode.Step, []byte) error { return nil }

// AppendEnd keeps nothing.
func (Unrecorded) AppendEnd(string, episode.End) error { return nil }

// Refuse keeps nothing.
func (Unrecorded) Refuse(string, episode.Refusal) error { return nil }

// CloseSession keeps nothing.
func (Unrecorded) CloseSession(string, episode.Closing) error { return nil }

// Answers has none.
func (Unrecorded) Answers(string, func(episode.Answer) bool) error { return nil }

// Sessions has none.
func (Unrecorded) Sessions() ([]episode.SessionState, error) { return nil, nil }

// Running has none.
func (Unrecorded) Running(id string) (*episode.Episode, error) {
	return nil, gym.Errorf(gym.CodeUnknownEpisode, "episode %q was not recorded", id)
}
