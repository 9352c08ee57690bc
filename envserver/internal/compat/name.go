package compat

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// UnknownSession is the failure of a request whose session is not there.
func UnknownSession(id string) error {
	return gym.Errorf(gym.CodeUnknownSession, "session %q is not open here: it was never created, was closed, or was idle for too long", gym.Clip(id))
}

// SessionID is what a session is called that a client of another protocol knows by the given
// parts: as they are where they can be in a session's id, else by their hash. The prefix keeps
// protocols apart.
func SessionID(prefix string, parts ...string) string {
	id := prefix + ":" + strings.Join(parts, ":")
	if wire.ValidSession(id) {
		return id
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return prefix + ":" + hex.EncodeToString(sum[:20])
}
