package endpoint

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// vectors gives the kept vectors of texts, and the places of those that are not kept.
func (s *Store) vectors(ctx context.Context, model string, texts []string) (out [][]float32, missing []int, err error) {
	out = make([][]float32, len(texts))
	for i, text := range texts {
		if out[i], err = s.vector(ctx, model, text); err != nil {
			return nil, nil, err
		}
		if out[i] == nil {
			missing = append(missing, i)
		}
	}
	return out, missing, nil
}

// vector gives the kept vector of a text, nil where there is none.
func (s *Store) vector(ctx context.Context, model, text string) ([]float32, error) {
	if s == nil {
		return nil, nil
	}
	hash := contentHash(text)
	var b []byte
	err := s.db.QueryRowContext(ctx, "SELECT vector FROM embeddings WHERE content = ? AND model = ? AND length(vector) = 4 * dimension", hash[:], model).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return floats(b), storageError(err)
}

// keepVectors puts the vectors of texts into the store. A vector that is there stays.
func (s *Store) keepVectors(ctx context.Context, model string, texts []string, vectors [][]float32) error {
	if s == nil {
		return nil
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return storageError(err)
	}
	defer tx.Rollback() // it does nothing after a commit
	for i, text := range texts {
		hash := contentHash(text)
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO embeddings VALUES (?, ?, ?, ?, ?)", hash[:], model, len(vectors[i]), bytesOf(vectors[i]), time.Now().Unix()); err != nil {
			return storageError(err)
		}
	}
	return storageError(tx.Commit())
}

func bytesOf(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func floats(b []byte) []float32 {
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}

// contentHash names a text.
func contentHash(text string) [sha256.Size]byte { return sha256.Sum256([]byte(text)) }
