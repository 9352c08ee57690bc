package episode

import (
	"context"
	"os"

	"dreamgym/envserver/gym"
)

// recovered is the log as Open found it.
type recovered struct {
	state   *state
	segment uint32 // the last one; 0 when there is none
	size    int64  // of its sound part
	lost    map[string]gym.Code
	report  Recovery
}

// recover reads the newest segments from the last checkpoint on, and cuts a torn tail off.
func (r *Reader) recover() (recovered, error) {
	found := recovered{state: newState(), lost: make(map[string]gym.Code)}
	segments, err := listSegments(r.dir)
	if err != nil || len(segments) == 0 {
		return found, err
	}
	from, err := r.lastCheckpoint(segments)
	if err != nil {
		return found, err
	}
	live := newReader(r.dir, nil)
	defer live.Close()
	end, err := live.reach()
	if err != nil {
		return found, err
	}
	sound, err := live.scan(context.Background(), Place{Segment: from}, found.replay, func(d Damage) {
		found.report.Damage = append(found.report.Damage, d)
	})
	if err != nil {
		return found, err
	}
	found.state.commit()
	found.segment, found.size = end.Segment, int64(sound.Offset)
	for id, c := range found.state.running {
		if c.Session == "" {
			found.lost[id] = gym.CodeSessionLost
		}
	}
	return found, found.cut(r.dir, sound, end)
}

// lastCheckpoint answers the newest segment that begins with a checkpoint, else the first.
func (r *Reader) lastCheckpoint(segments []uint32) (uint32, error) {
	for i := len(segments) - 1; i > 0; i-- {
		f, err := r.at(Place{Segment: segments[i], Offset: uint32(len(segmentMagic))})
		if err == nil && f.kind == KindCheckpoint {
			return segments[i], nil
		}
		if err != nil && gym.CodeOf(err) != gym.CodeStorage {
			return 0, err
		}
	}
	return segments[0], nil
}

// replay makes the change that a record stands for. A record that does not fit what was
// read before it lost its predecessors to damage; its episode cannot go on.
func (found *recovered) replay(e Entry) error {
	if e.Kind == KindCheckpoint {
		return found.restore(e)
	}
	c, err := e.change()
	if err != nil {
		return nil // it passed its checksum, so it was written so: readers will say it
	}
	at, err := found.state.find(c)
	if err != nil {
		if found.state.running[c.id] != nil {
			found.lost[c.id] = gym.CodeStorage
		}
		return nil
	}
	found.state.apply(at, c, e.Place)
	if c.kind == KindEnd {
		delete(found.lost, c.id)
	}
	found.state.commit()
	return nil
}

// restore takes the state of a checkpoint, which knows what damage before it hid.
func (found *recovered) restore(e Entry) error {
	var c checkpoint
	if err := decodePayload(e.frame.payload, &c); err != nil {
		return damaged(e.Place, err)
	}
	found.state = c.restore()
	return nil
}

// change says what a record does to the open chains.
func (e Entry) change() (change, error) {
	c := change{kind: e.Kind, id: e.ID}
	switch e.Kind {
	case KindHeader:
		h, err := e.Header()
		c.session = h.Session
		return c, err
	case KindStep:
		var s stepRecord
		err := e.decode(KindStep, &s)
		c.reward, c.index = s.Reward, s.Index
		return c, err
	}
	return c, nil
}

// cut takes what follows the last sound record off the last segment; a segment in which
// nothing is sound goes.
func (found *recovered) cut(dir string, sound, end Place) error {
	torn := int64(end.Offset)
	if sound.Segment == end.Segment {
		torn -= int64(sound.Offset)
	}
	if torn <= 0 {
		return nil
	}
	found.report.TornBytes = torn
	if n := len(found.report.Damage); n > 0 && !found.report.Damage[n-1].Resumed && found.report.Damage[n-1].At.Segment == end.Segment {
		found.report.Damage = found.report.Damage[:n-1]
	}
	return storageError(os.Truncate(segmentPath(dir, end.Segment), int64(sound.Offset)))
}
