package episode

import (
	"context"
	"errors"
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

// recoverFolder reads the newest segments from the last checkpoint on, and brings the
// last one to a sound end.
func recoverFolder(dir string) (recovered, error) {
	r := newReader(dir, nil)
	found, sound, err := r.replayLog()
	if err := errors.Join(err, r.Close()); err != nil || found.segment == 0 {
		return found, err
	}
	if sound.Offset > uint32(segmentHead) {
		found.size = int64(sound.Offset)
		return found, found.cut(dir, sound)
	}
	again, err := found.setAside(dir)
	again.report.TornBytes += found.size
	return again, err
}

// replayLog makes the state that the log leads to; sound is where its readable part ends.
func (r *Reader) replayLog() (found recovered, sound Place, err error) {
	found = recovered{state: newState(), lost: make(map[string]gym.Code)}
	segments, err := listSegments(r.dir)
	if err != nil || len(segments) == 0 {
		return found, sound, err
	}
	from, err := r.lastCheckpoint(segments)
	if err != nil {
		return found, sound, err
	}
	end, err := r.reach()
	if err != nil {
		return found, sound, err
	}
	found.segment, found.size = end.Segment, int64(end.Offset)
	sound, err = r.scan(context.Background(), Place{Segment: from}, found.replay, func(d Damage) {
		found.report.Damage = append(found.report.Damage, d)
	})
	for id, c := range found.state.running {
		if c.Session == "" && found.lost[id] == "" {
			found.lost[id] = gym.CodeSessionLost
		}
	}
	return found, sound, err
}

// lastCheckpoint answers the newest segment that begins with a checkpoint, else the first.
func (r *Reader) lastCheckpoint(segments []uint32) (uint32, error) {
	for i := len(segments) - 1; i > 0; i-- {
		f, err := r.at(Place{Segment: segments[i], Offset: uint32(segmentHead)})
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
	found.state.commit()
	if c.kind == KindEnd {
		delete(found.lost, c.id)
	}
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
		s, err := e.step()
		c.reward, c.index = s.Reward, s.Index
		return c, err
	}
	return c, nil
}

// cut takes what follows the last sound record off the last segment.
func (found *recovered) cut(dir string, sound Place) error {
	path := segmentPath(dir, sound.Segment)
	info, err := os.Stat(path)
	if err != nil || info.Size() <= found.size {
		return storageError(err)
	}
	found.report.TornBytes = info.Size() - found.size
	if n := len(found.report.Damage); n > 0 && found.report.Damage[n-1].At == sound {
		found.report.Damage = found.report.Damage[:n-1]
	}
	return storageError(os.Truncate(path, found.size))
}

// setAside renames a last segment in which no record is readable, and recovers from
// those before it.
func (found *recovered) setAside(dir string) (recovered, error) {
	path := segmentPath(dir, found.segment)
	move := func() error { return os.Rename(path, path+".damaged") }
	if found.size == 0 {
		move = func() error { return os.Remove(path) }
	}
	if err := move(); err != nil {
		return recovered{}, storageError(err)
	}
	return recoverFolder(dir)
}
