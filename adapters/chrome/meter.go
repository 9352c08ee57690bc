package chrome

import "sync/atomic"

// Meter counts what browsers do; several may share one. Its zero value is ready.
type Meter struct {
	live, parked                         atomic.Int64
	launches, refused, interrupted, lost atomic.Int64
	parkings, wakes, unparked            atomic.Int64
}

// Count is what a Meter counted.
type Count struct {
	// Live and Parked are the pages that are in use now, with and without a browser context.
	Live, Parked int64
	// Launches are the starts of browsers.
	Launches int64
	// Refused are the requests of pages for other hosts.
	Refused int64
	// Interrupted are the pages whose script or loading was stopped so that they could be
	// observed; Lost those that answered no more even so, or crashed.
	Interrupted, Lost int64
	// Parkings and Wakes are how often pages were parked and woken; Unparked how often one
	// could not be parked as it was, and stayed.
	Parkings, Wakes, Unparked int64
}

// Count answers the figures of now.
func (m *Meter) Count() Count {
	return Count{
		Live: m.live.Load(), Parked: m.parked.Load(), Launches: m.launches.Load(), Refused: m.refused.Load(),
		Interrupted: m.interrupted.Load(), Lost: m.lost.Load(),
		Parkings: m.parkings.Load(), Wakes: m.wakes.Load(), Unparked: m.unparked.Load(),
	}
}
