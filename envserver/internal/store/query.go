package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
)

// Row is an episode as the catalogue has it.
type Row struct {
	ID         string         `json:"id"`
	Env        string         `json:"env"`
	Backend    gym.Backend    `json:"backend"`
	Task       string         `json:"task"`
	Scene      string         `json:"scene,omitempty"`
	Split      gym.Split      `json:"split"`
	Seed       int64          `json:"seed"`
	Evaluation bool           `json:"evaluation,omitempty"`
	Session    string         `json:"session,omitempty"`
	Model      string         `json:"model,omitempty"`
	Started    time.Time      `json:"started"`
	Reason     episode.Reason `json:"reason,omitempty"` // "" while it runs; what follows is set at its end
	Code       gym.Code       `json:"code,omitempty"`
	Steps      int            `json:"steps"` // actions taken
	Return     float64        `json:"return"`
	Ended      time.Time      `json:"ended,omitzero"`
	// First and Last are the places of the first and, once it has ended, the last record.
	First episode.Place `json:"first"`
	Last  episode.Place `json:"last,omitzero"`
}

// Filter chooses episodes; a zero field chooses all.
type Filter struct {
	Env     string
	Backend gym.Backend
	Split   gym.Split
	Task    string
	Session string
	Reason  episode.Reason
	Running bool // only those that have not ended
	// Evaluation: only those that are, or are not, evaluations; nil: both.
	Evaluation *bool
	Limit      int // 100 when zero; all when negative
	Offset     int // how many to leave out
}

// where gives the filter as SQL.
func (f Filter) where() (string, []any) {
	var terms []string
	var args []any
	equal := func(column, value string) {
		if value != "" {
			terms, args = append(terms, column+" = ?"), append(args, value)
		}
	}
	equal("env", f.Env)
	equal("backend", string(f.Backend))
	equal("split", string(f.Split))
	equal("task", f.Task)
	equal("session", f.Session)
	equal("reason", string(f.Reason))
	if f.Running {
		terms = append(terms, "reason = ''")
	}
	if f.Evaluation != nil {
		terms, args = append(terms, "evaluation = ?"), append(args, *f.Evaluation)
	}
	if f.Session != "" {
		terms = append(terms, "session <> ''") // lets the partial index serve
	}
	if len(terms) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args
}

const columns = `place, id, env, backend, task, scene, split, seed, evaluation, session, model, steps, total, reason, code, started, ended, last`

// List answers the episodes that the filter chooses, the newest first.
func (s *Store) List(ctx context.Context, f Filter) ([]Row, error) {
	if err := s.CatchUp(ctx); err != nil {
		return nil, err
	}
	where, args := f.where()
	limit := f.Limit
	if limit == 0 {
		limit = 100
	}
	return s.query(ctx, where+" ORDER BY place DESC LIMIT ? OFFSET ?", append(args, limit, f.Offset)...)
}

// Find answers one episode, or CodeUnknownEpisode.
func (s *Store) Find(ctx context.Context, id string) (Row, error) {
	if err := s.CatchUp(ctx); err != nil {
		return Row{}, err
	}
	rows, err := s.query(ctx, " WHERE id = ?", id)
	if err != nil {
		return Row{}, err
	}
	if len(rows) == 0 {
		return Row{}, unknown(id)
	}
	return rows[0], nil
}

func unknown(id string) error {
	return gym.Errorf(gym.CodeUnknownEpisode, "no episode %q is recorded here; it may have been pruned", gym.Clip(id))
}

// Episode reads a whole episode, as far as it has come if it is running. It answers
// CodeUnknownEpisode for one that is not there or was pruned.
func (s *Store) Episode(ctx context.Context, id string) (*episode.Episode, error) {
	row, err := s.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	if row.Last != (episode.Place{}) {
		return s.log.Read(row.Last)
	}
	last := row.First
	_, err = s.log.Scan(ctx, row.First, func(e episode.Entry) error {
		if e.ID == id && e.Kind <= episode.KindEnd {
			last = e.Place
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.log.Read(last)
}

func (s *Store) query(ctx context.Context, tail string, args ...any) ([]Row, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+columns+" FROM episodes"+tail, args...)
	if err != nil {
		return nil, storageError(err)
	}
	defer rows.Close()
	var all []Row
	for rows.Next() {
		r, err := scanRow(rows)
		if err != nil {
			return nil, storageError(err)
		}
		all = append(all, r)
	}
	return all, storageError(rows.Err())
}

func scanRow(rows *sql.Rows) (Row, error) {
	var r Row
	var first, last, started, ended int64
	err := rows.Scan(&first, &r.ID, &r.Env, &r.Backend, &r.Task, &r.Scene, &r.Split, &r.Seed, &r.Evaluation, &r.Session,
		&r.Model, &r.Steps, &r.Return, &r.Reason, &r.Code, &started, &ended, &last)
	r.First, r.Last, r.Started = unpack(first), unpack(last), time.UnixMicro(started).UTC()
	if r.Reason != "" {
		r.Ended = time.UnixMicro(ended).UTC()
	}
	return r, err
}

// Count is how many episodes there are of one kind.
type Count struct {
	Env        string         `json:"env"`
	Backend    gym.Backend    `json:"backend"`
	Split      gym.Split      `json:"split"`
	Evaluation bool           `json:"evaluation"`
	Reason     episode.Reason `json:"reason"` // "": running
	Episodes   int            `json:"episodes"`
	Steps      int64          `json:"steps"`
	Return     float64        `json:"return"` // summed over the episodes
}

// Counts answers how many episodes there are, by environment, backend, split,
// evaluation and reason, in this order.
func (s *Store) Counts(ctx context.Context) ([]Count, error) {
	if err := s.CatchUp(ctx); err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT env, backend, split, evaluation, reason, count(*), sum(steps), sum(total)
		FROM episodes GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`)
	if err != nil {
		return nil, storageError(err)
	}
	defer rows.Close()
	var all []Count
	for rows.Next() {
		var c Count
		err = errors.Join(err, rows.Scan(&c.Env, &c.Backend, &c.Split, &c.Evaluation, &c.Reason, &c.Episodes, &c.Steps, &c.Return))
		all = append(all, c)
	}
	return all, storageError(errors.Join(err, rows.Err()))
}
