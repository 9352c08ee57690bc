package episode

import (
	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// Entry is a record as a scan meets it. It is valid during the callback.
type Entry struct {
	Kind  Kind
	ID    string // of the episode, or of the session for what is not of one
	Place Place
	Next  Place // where a scan that is to go on after this record starts
	frame frame
}

// entry is the frame as the record at a place.
func (f frame) entry(at Place) Entry {
	next := Place{Segment: at.Segment, Offset: at.Offset + uint32(f.size)}
	return Entry{Kind: f.kind, ID: string(f.id), Place: at, Next: next, frame: f}
}

// Header decodes a KindHeader.
func (e Entry) Header() (Header, error) {
	var h Header
	err := e.decode(KindHeader, &h)
	h.Started = h.Started.UTC()
	return h, err
}

// Ending decodes a KindEnd.
func (e Entry) Ending() (Ending, error) {
	var end Ending
	err := e.decode(KindEnd, &end)
	end.Ended = end.Ended.UTC()
	return end, err
}

// Session decodes a KindOpened.
func (e Entry) Session() (Session, error) {
	var s Session
	err := e.decode(KindOpened, &s)
	s.Opened = s.Opened.UTC()
	return s, err
}

// step decodes a KindStep, but for its timestep.
func (e Entry) step() (stepRecord, error) {
	var s stepRecord
	return s, e.decode(KindStep, &s)
}

func (e Entry) decode(k Kind, v any) error {
	if e.Kind != k {
		return gym.Errorf(gym.CodeInternal, "a record of kind %d was read as kind %d", e.Kind, k)
	}
	return damaged(e.Place, decodePayload(e.frame.payload, v))
}

// add decodes a record of the episode into it; steps come last first.
func (e *Episode) add(record Entry) error {
	switch record.Kind {
	case KindHeader:
		h, err := record.Header()
		e.Header = h
		return err
	case KindEnd:
		end, err := record.Ending()
		e.End = &end.End
		return err
	}
	s, err := record.step()
	if err != nil {
		return err
	}
	ts, err := wire.DecodeTimestep(s.Timestep)
	e.Steps = append(e.Steps, Step{Index: s.Index, Request: s.Request, Digest: s.Digest, Action: s.Action, Timestep: ts, Micros: s.Micros})
	return damaged(record.Place, err)
}

// Ended is an episode that ended, as a scan meets its end.
type Ended struct {
	ID string
	Ending
	Place Place // of its last record
	Next  Place // where a scan that is to go on after it starts
	r     *Reader
}

// Header reads the episode's header alone.
func (e Ended) Header() (Header, error) {
	f, err := e.r.at(e.First)
	if err != nil {
		return Header{}, err
	}
	return f.entry(e.First).Header()
}

// Learnable tells by the episode's header whether it may reach the experience buffer.
func (e Ended) Learnable(h Header) bool {
	return (&Episode{Header: h, End: &e.End}).Learnable()
}

// Episode reads the whole episode.
func (e Ended) Episode() (*Episode, error) { return e.r.Read(e.Place) }
