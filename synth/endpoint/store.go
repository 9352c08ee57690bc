package endpoint

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the database driver

	"dreamgym/envserver/gym"
)

// schemaVersion is the database's user_version.
const schemaVersion = 1

const schema = `
CREATE TABLE answers (
	request    BLOB PRIMARY KEY, -- SHA-256 of the request
	content    TEXT NOT NULL,
	reasoning  TEXT NOT NULL,
	finish     TEXT NOT NULL,
	prompt     INTEGER NOT NULL, -- tokens
	cached     INTEGER NOT NULL,
	completion INTEGER NOT NULL,
	created    INTEGER NOT NULL  -- Unix seconds
) WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (created);
CREATE TABLE embeddings (
	content   BLOB NOT NULL, -- SHA-256 of the text
	model     TEXT NOT NULL,
	dimension INTEGER NOT NULL,
	vector    BLOB NOT NULL, -- little-endian float32
	created   INTEGER NOT NULL,
	PRIMARY KEY (content, model)
) WITHOUT ROWID;
CREATE INDEX embeddings_by_age ON embeddings (created);
PRAGMA user_version = 1;`

// Store keeps answers under the hashes of their requests, and vectors under those of
// their texts, in a SQLite database. A kept answer is never changed. Many goroutines may
// use it; nil is a store that keeps nothing.
type Store struct {
	db *sql.DB

	mu     sync.RWMutex // held for reading while an answer is handed to the writer
	closed bool
	puts   chan *put
	done   chan struct{}
}

// put is an answer on its way into the store.
type put struct {
	key    [sha256.Size]byte
	answer Answer
	err    error
	done   chan struct{}
}

// OpenStore opens a store, or makes one. CodeVersionMismatch where it is of a newer kind.
func OpenStore(ctx context.Context, path string) (*Store, error) {
	query := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, storageError(err)
	}
	db.SetMaxOpenConns(8)
	if err := prepare(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Store{db: db, puts: make(chan *put, mostTogether), done: make(chan struct{})}
	go s.write()
	return s, nil
}

func prepare(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return storageError(err)
	}
	defer tx.Rollback() // it does nothing after a commit
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return storageError(err)
	}
	switch {
	case version == schemaVersion:
		return nil
	case version > schemaVersion:
		return gym.Errorf(gym.CodeVersionMismatch, "the store of answers has version %d; this server reads up to %d", version, schemaVersion)
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return storageError(err)
	}
	return storageError(tx.Commit())
}

// Close waits for what is being written.
func (s *Store) Close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.puts)
	}
	s.mu.Unlock()
	<-s.done
	return storageError(s.db.Close())
}

// Prune forgets what was kept before a time. Dreams that rest on it come out anew.
func (s *Store) Prune(ctx context.Context, before time.Time) error {
	for _, table := range []string{"answers", "embeddings"} {
		if _, err := s.db.ExecContext(ctx, "DELETE FROM "+table+" WHERE created < ?", before.Unix()); err != nil {
			return storageError(err)
		}
	}
	return nil
}

const selectAnswer = "SELECT content, reasoning, finish, prompt, cached, completion FROM answers WHERE request = ?"

// answer gives what is kept under a request.
func (s *Store) answer(ctx context.Context, key [sha256.Size]byte) (a Answer, ok bool, err error) {
	if s == nil {
		return a, false, nil
	}
	a, err = scanAnswer(s.db.QueryRowContext(ctx, selectAnswer, key[:]))
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	a.Kept, a.Stored = true, true
	return a, err == nil, storageError(err)
}

func scanAnswer(row *sql.Row) (a Answer, err error) {
	return a, row.Scan(&a.Content, &a.Reasoning, &a.Finish, &a.Usage.PromptTokens, &a.Usage.CachedTokens, &a.Usage.CompletionTokens)
}

// keep puts an answer into the store, and gives the one that is there then: where two
// processes asked at the same time, that of the first.
func (s *Store) keep(key [sha256.Size]byte, a Answer) (Answer, error) {
	if s == nil {
		return a, nil
	}
	p := &put{key: key, answer: a, done: make(chan struct{})}
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return a, gym.Errorf(gym.CodeShuttingDown, "the store of answers is closed")
	}
	s.puts <- p
	s.mu.RUnlock()
	<-p.done
	return p.answer, storageError(p.err)
}

// mostTogether is how many answers are written in one transaction.
const mostTogether = 256

// write writes what comes, all that waits in one transaction.
func (s *Store) write() {
	defer close(s.done)
	for first := range s.puts {
		together := []*put{first}
		for len(together) < mostTogether && len(s.puts) > 0 {
			if p, ok := <-s.puts; ok {
				together = append(together, p)
			}
		}
		err := s.commit(together)
		for _, p := range together {
			p.err = err
			p.answer.Kept = err == nil
			close(p.done)
		}
	}
}

func (s *Store) commit(together []*put) error {
	ctx := context.Background()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // it does nothing after a commit
	for _, p := range together {
		a := p.answer
		r, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			p.key[:], a.Content, a.Reasoning, a.Finish, a.Usage.PromptTokens, a.Usage.CachedTokens, a.Usage.CompletionTokens, time.Now().Unix())
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			continue
		}
		first, err := scanAnswer(tx.QueryRowContext(ctx, selectAnswer, p.key[:]))
		if err != nil {
			return err
		}
		first.Attempts, first.Latency = a.Attempts, a.Latency
		p.answer = first
	}
	return tx.Commit()
}

// storageError gives a failure of the database its code; nil and coded errors stay.
func storageError(err error) error {
	var coded *gym.Error
	switch {
	case err == nil, errors.As(err, &coded):
		return err
	case errors.Is(err, context.Canceled):
		return &gym.Error{Code: gym.CodeCanceled, Msg: "the request was cancelled", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &gym.Error{Code: gym.CodeDeadlineExceeded, Msg: "the store of answers did not answer before the deadline", Err: err}
	}
	return &gym.Error{Code: gym.CodeStorage, Msg: "the store of a model's answers could not be read or written: see space and permissions of the data folder, or delete the store, which is made anew", Err: fmt.Errorf("endpoint: %w", err)}
}
