package store

import (
	"context"
	"errors"
	"time"

	"dreamgym/envserver/episode"
)

// Limits bound what is kept. A zero limit does not bound.
type Limits struct {
	Bytes int64         // of all segments together
	Age   time.Duration // since a segment was last written to
}

// Pruned tells what Prune removed.
type Pruned struct {
	Segments []uint32 `json:"segments"`
	Bytes    int64    `json:"bytes"`
	Episodes int      `json:"episodes"`
	// Left is how many bytes stayed: more than the limit where segments are in use.
	Left int64 `json:"left"`
}

// Prune removes whole segments, the oldest first, until the limits are met. Segments with
// a running episode, with what an open session needs after a restart, and the one that is
// written stay. Episodes that had a record in a removed segment leave the catalogue.
func (s *Store) Prune(ctx context.Context, log *episode.Log, l Limits, now time.Time) (Pruned, error) {
	if err := s.CatchUp(ctx); err != nil {
		return Pruned{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	segments, err := log.Segments()
	if err != nil {
		return Pruned{}, err
	}
	p := l.choose(segments, now)
	failed := log.Drop(p.Segments...)
	p.Episodes, err = s.forgetMissing(ctx) // also of those that went before a failure
	return p, errors.Join(failed, err)
}

// choose lists the segments to remove.
func (l Limits) choose(segments []episode.Segment, now time.Time) Pruned {
	var p Pruned
	for _, seg := range segments {
		p.Left += seg.Bytes
	}
	for _, seg := range segments {
		tooOld := l.Age > 0 && now.Sub(seg.Modified) > l.Age
		tooMuch := l.Bytes > 0 && p.Left > l.Bytes
		if seg.Pinned || !tooOld && !tooMuch {
			continue
		}
		p.Segments = append(p.Segments, seg.Number)
		p.Bytes += seg.Bytes
		p.Left -= seg.Bytes
	}
	return p
}

// forgetMissing removes the episodes that lost a segment.
func (s *Store) forgetMissing(ctx context.Context) (int, error) {
	gaps, err := s.log.Gaps()
	if err != nil {
		return 0, err
	}
	total := 0
	for _, g := range gaps {
		done, err := s.db.ExecContext(ctx, "DELETE FROM episodes WHERE place < ? AND max(place, last) >= ?",
			int64(g.Until)<<32, int64(g.From)<<32)
		if err != nil {
			return total, storageError(err)
		}
		n, err := done.RowsAffected()
		if err != nil {
			return total, storageError(err)
		}
		total += int(n)
	}
	return total, nil
}
