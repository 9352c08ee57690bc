package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"dreamgym/envserver/episode"
)

const (
	// fillRows bounds the rows of one transaction.
	fillRows = 1000
	// fillPause is between two transactions while the log is busy, so that each takes many rows.
	fillPause = 200 * time.Millisecond
	// fillRetry is the pause after a failure.
	fillRetry = 2 * time.Second
)

// Follow keeps the catalogue up to date with a log until ctx ends or the log is closed.
// A failure is given to report and tried again; the log waits for nothing of this.
func (s *Store) Follow(ctx context.Context, log *episode.Log, report func(error)) {
	for ctx.Err() == nil {
		pause := fillPause
		next, err := s.catchUp(ctx)
		if err != nil && ctx.Err() == nil {
			report(err)
			pause = fillRetry
		} else if err := log.Wait(ctx, next); err != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// CatchUp brings the catalogue up to date with the log as it stands.
func (s *Store) CatchUp(ctx context.Context) error {
	if s.readOnly {
		return nil
	}
	_, err := s.catchUp(ctx)
	return err
}

func (s *Store) catchUp(ctx context.Context) (episode.Place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, err := s.cursor(ctx)
	if err != nil {
		return from, err
	}
	f := filler{db: s.db, begun: make(map[string]int)}
	next, err := s.log.Scan(ctx, from, func(e episode.Entry) error { return f.take(ctx, e) })
	if err != nil {
		return next, storageError(err)
	}
	if next == from {
		return next, nil
	}
	return next, storageError(f.flush(ctx, next))
}

// cursor answers how far the log has been read.
func (s *Store) cursor(ctx context.Context) (p episode.Place, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT segment, offset FROM cursor").Scan(&p.Segment, &p.Offset)
	return p, storageError(err)
}

// checkCursor starts anew when the log ends before what was read of it: it is another log.
func (s *Store) checkCursor(ctx context.Context) error {
	read, err := s.cursor(ctx)
	if err != nil {
		return err
	}
	end, err := s.log.End()
	if err != nil || !end.Before(read) {
		return err
	}
	_, err = s.db.ExecContext(ctx, "DELETE FROM episodes; UPDATE cursor SET segment = 0, offset = 0")
	return storageError(err)
}

// filler gathers rows and writes them in transactions.
type filler struct {
	db    *sql.DB
	rows  []rowChange
	begun map[string]int // by id, the rows of episodes that begin
}

// rowChange is an episode's start, its end, or both.
type rowChange struct {
	id     string
	first  episode.Place // of the header
	header *episode.Header
	last   episode.Place  // of the ending
	ending episode.Ending // without a reason where there is none yet
}

// take gathers what a record says of an episode.
func (f *filler) take(ctx context.Context, e episode.Entry) error {
	switch e.Kind {
	case episode.KindHeader:
		h, err := e.Header()
		if err != nil {
			return err
		}
		f.begun[e.ID] = len(f.rows)
		f.rows = append(f.rows, rowChange{id: e.ID, first: e.Place, header: &h})
	case episode.KindEnd:
		end, err := e.Ending()
		if err != nil {
			return err
		}
		i, begun := f.begun[e.ID]
		if !begun {
			i = len(f.rows)
			f.rows = append(f.rows, rowChange{id: e.ID})
		}
		f.rows[i].last, f.rows[i].ending = e.Place, end
	}
	if len(f.rows) < fillRows {
		return nil
	}
	return f.flush(ctx, e.Next)
}

// flush writes the rows, and with them how far the log has been read.
func (f *filler) flush(ctx context.Context, next episode.Place) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = writeRows(ctx, tx, f.rows)
	_, cerr := tx.ExecContext(ctx, "UPDATE cursor SET segment = ?, offset = ?", next.Segment, next.Offset)
	if err := errors.Join(err, cerr); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	f.rows = f.rows[:0]
	clear(f.begun)
	return tx.Commit()
}

// The columns of an end come first in both.
const (
	insertRow = `INSERT OR REPLACE INTO episodes
		(steps, total, reason, code, ended, last, id, place, env, backend, task, scene, split, seed, evaluation, session, model, started)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updateRow = `UPDATE episodes SET steps = ?, total = ?, reason = ?, code = ?, ended = ?, last = ? WHERE id = ?`
)

// writeRows writes many rows by two statements, which are prepared once.
func writeRows(ctx context.Context, tx *sql.Tx, rows []rowChange) error {
	begun, err := tx.PrepareContext(ctx, insertRow)
	if err != nil {
		return err
	}
	defer begun.Close()
	ended, err := tx.PrepareContext(ctx, updateRow)
	if err != nil {
		return err
	}
	defer ended.Close()
	for _, c := range rows {
		err = errors.Join(err, c.write(ctx, begun, ended))
	}
	return err
}

func (c rowChange) write(ctx context.Context, begun, ended *sql.Stmt) error {
	end, at := c.ending, int64(0)
	if end.Reason != "" {
		at = end.Ended.UnixMicro()
	}
	row := []any{max(end.Steps-1, 0), end.Return, string(end.Reason), string(end.Code), at, pack(c.last), c.id}
	statement := ended
	if h := c.header; h != nil {
		statement = begun
		row = append(row, pack(c.first), h.Env, string(h.Backend), h.Task.ID, h.Task.Scene, string(h.Task.Split), h.Seed,
			h.Evaluation, h.Session, h.Model, h.Started.UnixMicro())
	}
	_, err := statement.ExecContext(ctx, row...)
	return err
}

// pack makes one number of a place; its order is the log's.
func pack(p episode.Place) int64 { return int64(p.Segment)<<32 | int64(p.Offset) }

func unpack(n int64) episode.Place {
	return episode.Place{Segment: uint32(n >> 32), Offset: uint32(n)}
}
