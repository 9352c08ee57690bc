package compat

import (
	"strings"

	"dreamgym/envserver/gym"
)

// UnknownSession is the failure of a request whose session is not there.
func UnknownSession(id string) error {
	return gym.Errorf(gym.CodeUnknownSession, "session %q is not open here: it was never created, was closed, or was idle for too long", Clip(id))
}

// Clip shortens what a client sent before it is quoted back.
func Clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
