package wire

import (
	"crypto/sha256"
	"encoding/binary"
)

// DigestSize is the length of a digest in bytes.
const DigestSize = 16

// Digest tells bodies of requests apart: everything but the id and the session. It is
// the same for both codecs and in every version of the server.
func (q *Request) Digest() [DigestSize]byte {
	b := make([]byte, 0, 256)
	b = digestText(b, fOp, string(q.Op))
	b = digestText(b, fAction, string(q.Action))
	b = digestText(b, fEnv, q.Env)
	b = digestText(b, fBackend, q.Backend)
	b = digestText(b, fTask, q.Task)
	b = digestText(b, fSplit, string(q.Split))
	b = digestText(b, fEpisode, q.Episode)
	b = digestText(b, fToken, q.Token)
	if q.Index != nil {
		b = digestInt(b, fIndex, *q.Index)
	}
	if q.Seed != nil {
		b = digestInt(b, fSeed, *q.Seed)
	}
	if q.TimeoutMS != 0 {
		b = digestInt(b, fTimeout, q.TimeoutMS)
	}
	if q.Evaluation {
		b = digestInt(b, fEvaluation, 1)
	}
	if q.Reasoning {
		b = digestInt(b, fReasoning, 1)
	}
	if q.IfEnded {
		b = digestInt(b, fIfEnded, 1)
	}
	sum := sha256.Sum256(b)
	return [DigestSize]byte(sum[:DigestSize])
}

func digestText(b []byte, f field, s string) []byte {
	if s == "" {
		return b
	}
	b = binary.AppendUvarint(b, uint64(f))
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func digestInt(b []byte, f field, n int64) []byte {
	b = binary.AppendUvarint(b, uint64(f))
	return binary.AppendVarint(b, n)
}
