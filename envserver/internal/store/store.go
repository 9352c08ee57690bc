// Package store is the catalogue of episodes: a SQLite database that is filled from the
// log, and answers which episodes there are and where. It holds nothing that the log
// does not, so it can be rebuilt from it at any time.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the database driver

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
)

const (
	fileName = "catalogue.db"
	// closeTimeout bounds what Close still reads; the rest is read at the next Open.
	closeTimeout = 5 * time.Second
)

// Store is the catalogue of a data folder. Many goroutines may use it.
type Store struct {
	db       *sql.DB
	log      *episode.Reader
	readOnly bool

	mu sync.Mutex // held while the catalogue is written
}

// Open opens the catalogue of a data folder for writing, makes it where there is none,
// and brings it up to date with the log. A catalogue of an older schema is migrated
// after a copy was made beside it (catalogue.v<schema>.db).
//
// CodeVersionMismatch: its schema is newer. CodeStorage: it cannot be read or written;
// where it is damaged, Rebuild mends it.
func Open(ctx context.Context, dir string, log *episode.Reader) (*Store, error) {
	s, err := connect(dir, log, url.Values{"mode": {"rwc"}})
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, dir); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// prepare brings schema and rows up to date.
func (s *Store) prepare(ctx context.Context, dir string) error {
	if err := s.migrate(ctx, dir); err != nil {
		return err
	}
	if err := s.checkCursor(ctx); err != nil {
		return err
	}
	if _, err := s.forgetMissing(ctx); err != nil {
		return err
	}
	return s.CatchUp(ctx)
}

// OpenReader opens the catalogue for reading alone, as another process fills it. What
// has happened in the last fraction of a second may be missing.
func OpenReader(ctx context.Context, dir string, log *episode.Reader) (*Store, error) {
	if _, err := os.Stat(filepath.Join(dir, fileName)); err != nil {
		return nil, storageError(err)
	}
	s, err := connectReader(ctx, dir, log)
	if err != nil {
		return nil, err
	}
	if err := s.checkSchema(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// connectReader connects for reading. SQLite shares a database with its writer through
// files beside it; where those cannot be made, because the folder is read-only, nobody
// writes, and it is read as it lies there.
func connectReader(ctx context.Context, dir string, log *episode.Reader) (*Store, error) {
	query := url.Values{"mode": {"ro"}}
	s, err := connect(dir, log, query)
	if err != nil {
		return nil, err
	}
	_, failed := s.cursor(ctx)
	if _, err := os.Stat(filepath.Join(dir, fileName+"-wal")); failed == nil || err == nil {
		return s, nil
	}
	if err := s.close(); err != nil {
		return nil, err
	}
	query.Set("immutable", "1")
	return connect(dir, log, query)
}

// Rebuild makes the catalogue anew from the log. No other process may have it open.
func Rebuild(ctx context.Context, dir string, log *episode.Reader) (*Store, error) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(dir, fileName+suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, storageError(err)
		}
	}
	return Open(ctx, dir, log)
}

func connect(dir string, log *episode.Reader, query url.Values) (*Store, error) {
	query.Set("_txlock", "immediate")
	query["_pragma"] = []string{"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)"}
	if query.Get("mode") == "ro" {
		query["_pragma"] = []string{"busy_timeout(5000)", "query_only(1)"}
	}
	name := url.URL{Scheme: "file", Path: filepath.Join(dir, fileName), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, storageError(err)
	}
	db.SetMaxOpenConns(4)
	return &Store{db: db, log: log, readOnly: query.Get("mode") == "ro"}, nil
}

// Close brings the catalogue up to date once more and ends all use of it. The log must
// still be open.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := s.CatchUp(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return errors.Join(err, s.close())
}

func (s *Store) close() error { return storageError(s.db.Close()) }

// storageError gives a failure of the database its code; nil and coded errors stay.
func storageError(err error) error {
	var coded *gym.Error
	switch {
	case err == nil, errors.As(err, &coded), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return &gym.Error{Code: gym.CodeStorage, Msg: "the catalogue of episodes could not be read or written; `envserver doctor` rebuilds it from the log", Err: fmt.Errorf("store: %w", err)}
}
