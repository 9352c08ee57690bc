package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"

	"dreamgym/envserver/gym"
)

//go:embed migrations/*.sql
var migrations embed.FS

func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, s.db, files)
}

// migrate brings the schema to the newest version; a catalogue that exists is copied first.
func (s *Store) migrate(ctx context.Context, dir string) error {
	p, err := s.provider()
	if err != nil {
		return storageError(err)
	}
	found, newest, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return storageError(err)
	case found > newest:
		return newerSchema(found, newest)
	case found == newest:
		return nil
	case found > 0:
		if err := s.keepCopy(ctx, filepath.Join(dir, fmt.Sprintf("catalogue.v%d.db", found))); err != nil {
			return storageError(err)
		}
	}
	_, err = p.Up(ctx)
	return storageError(err)
}

// checkSchema refuses a schema that queries of this version cannot read.
func (s *Store) checkSchema(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return storageError(err)
	}
	found, newest, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return storageError(err)
	case found > newest:
		return newerSchema(found, newest)
	case found < newest:
		return gym.Errorf(gym.CodeVersionMismatch, "the catalogue has schema %d, this version reads %d: the server migrates it when it starts", found, newest)
	}
	return nil
}

func newerSchema(found, newest int64) error {
	return gym.Errorf(gym.CodeVersionMismatch, "the catalogue has schema %d; this version reads up to %d: use a newer envserver", found, newest)
}

// keepCopy copies the whole catalogue to a file.
func (s *Store) keepCopy(ctx context.Context, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err := s.db.ExecContext(ctx, "VACUUM INTO ?", path)
	return err
}
