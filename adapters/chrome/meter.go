package chrome

import "sync/atomic"

// Meter counts what browsers do; several may share one. Its zero value is ready.
type Meter struct {
	launches, refused, interrupted, lost atomic.Int64
}

// Count is what a Meter counted.
type Count struct {
	// Launches are the starts of browsers.
	Launches int64
	// Refused are the requests of pages for other hosts.
	Refused int64
	// Interrupted are the pages whose script or loading was stopped so that they could be
	// observed; Lost those that answered no more even so, or crashed.
	Interrupted, Lost int64
}

// Count answers the figures of now.
func (m *Meter) Count() Count {
	return Count{Launches: m.launches.Load(), Refused: m.refused.Load(), Interrupted: m.interrupted.Load(), Lost: m.lost.Load()}
}
