package session

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"maps"
	"math/big"
	"time"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/wire"
)

// infoSeed tells, on a first timestep, the seed that the episode was started with.
const infoSeed = "seed"

// start is what a reset asks for, once everything that it left open is chosen.
type start struct {
	choice backend.Choice
	task   gym.Task
	seed   int64
}

// reset starts an episode.
func (s *Session) reset(t task, r *wire.Reply) (err error, mine bool) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), s.m.resetTimeout(t.q))
	st, err := s.choose(ctx, t.q)
	cancel()
	if err != nil {
		return err, true
	}
	s.abort(gym.CodeCanceled)
	if err := s.finish(gym.CodeCanceled); err != nil {
		return err, true
	}
	s.play.lost = false
	left := max(time.Millisecond, s.m.resetTimeout(t.q)-time.Since(began))
	ts, err, mine := s.startOver(t, st, left)
	if !mine {
		return err, false
	}
	if err != nil {
		return s.failedReset(err), true
	}
	if err := s.recordFirst(t, st, ts, time.Since(began)); err != nil {
		return err, true
	}
	r.Timestep, r.Encoded = ts, s.play.encoded
	return nil, true
}

// failedReset gives up an Env that failed, and answers err.
func (s *Session) failedReset(err error) error {
	switch gym.CodeOf(err) {
	case gym.CodeInsufficientEvidence:
		s.m.o.Metrics.unsure.WithLabelValues(s.play.reg.Spec.ID).Inc()
	case gym.CodeEnvCrashed, gym.CodeDeadlineExceeded, gym.CodeInternal, gym.CodeCanceled:
		s.drop()
	}
	return err
}

// startOver resets the Env within a deadline, after opening another where the choice changed.
func (s *Session) startOver(t task, st start, left time.Duration) (*gym.Timestep, error, bool) {
	p := &s.play
	if st.choice != p.choice {
		s.drop()
	}
	ts, _, err, mine := s.call(t, left, func(ctx context.Context, env *gym.Env) (ts gym.Timestep, err error) {
		if *env == nil {
			if *env, err = s.m.o.Backends.Open(ctx, p.reg, st.choice); err != nil {
				return ts, err
			}
		}
		return (*env).Reset(ctx, gym.ResetOptions{Task: st.task, Seed: st.seed})
	})
	if mine && p.env != nil {
		p.choice = st.choice
	}
	return ts, err, mine
}

// choose decides what to play: the recorded episode; the task by its id, by split and
// index, or else by the seed, which is drawn where there is none.
func (s *Session) choose(ctx context.Context, q *wire.Request) (start, error) {
	p := &s.play
	st := start{choice: backend.Choice{Backend: p.choice.Backend, Reasoning: p.choice.Reasoning}}
	if q.Backend != "" {
		b, err := gym.ParseBackend(q.Backend)
		if err != nil {
			return st, err
		}
		st.choice.Backend = b
	}
	if err := s.m.o.Backends.Check(p.reg, st.choice.Backend); err != nil {
		return st, err
	}
	if st.choice.Backend == gym.BackendReplay {
		return s.chooseRecording(ctx, q, st)
	}
	if q.Episode != "" {
		return st, gym.Errorf(gym.CodeInvalidRequest, "field \"episode\" goes with the backend replay alone")
	}
	if q.Seed != nil {
		st.seed = *q.Seed
	} else {
		st.seed = drawSeed()
	}
	var err error
	st.task, err = chooseTask(ctx, p.reg.Tasks, q, st.seed)
	return st, err
}

// chooseRecording finds the episode that a replay plays.
func (s *Session) chooseRecording(ctx context.Context, q *wire.Request, st start) (start, error) {
	switch {
	case q.Episode == "":
		return st, gym.Errorf(gym.CodeInvalidRequest, "field \"episode\" is missing: the backend replay needs a recorded episode's id")
	case q.Task != "" || q.Split != "" || q.Index != nil || q.Seed != nil:
		return st, gym.Errorf(gym.CodeInvalidRequest, "with field \"episode\" go no task, split, index or seed: the recording has them")
	}
	e, err := s.m.o.Backends.Recordings.Episode(ctx, q.Episode)
	if err != nil {
		return st, err
	}
	st.choice.Source, st.task, st.seed = e.Header.ID, e.Header.Task, e.Header.Seed
	return st, nil
}

// chooseTask takes the task that the request names, or one by the seed.
func chooseTask(ctx context.Context, tasks gym.TaskSet, q *wire.Request, seed int64) (gym.Task, error) {
	if q.Task != "" {
		if q.Index != nil || q.Split != "" {
			return gym.Task{}, gym.Errorf(gym.CodeInvalidRequest, "field \"task\" names the task: leave \"split\" and \"index\" out")
		}
		return tasks.Find(ctx, q.Task)
	}
	split := q.Split
	if split == "" {
		split = gym.SplitTrain
	}
	n, err := tasks.Len(ctx, split)
	if err != nil {
		return gym.Task{}, err
	}
	switch {
	case n == 0:
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "the environment has no tasks in split %s", split)
	case q.Index == nil:
		return tasks.At(ctx, split, int(mix(uint64(seed))%uint64(n)))
	case *q.Index >= int64(n):
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "split %s has %d tasks: there is no index %d", split, n, *q.Index)
	}
	return tasks.At(ctx, split, int(*q.Index))
}

// mix spreads seeds that follow each other over the tasks (SplitMix64's finalizer).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func drawSeed() int64 {
	n, err := rand.Int(rand.Reader, big.NewInt(wire.MaxInt+1))
	if err != nil {
		return 0 // the reader never fails
	}
	return n.Int64()
}

// newEpisodeID makes an id that sorts by time.
func newEpisodeID(now time.Time) string {
	var b [15]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	rand.Read(b[6:]) // it never fails
	return "e" + base32.HexEncoding.EncodeToString(b[:])
}

// recordFirst records an episode's start and makes it the running one.
func (s *Session) recordFirst(t task, st start, ts *gym.Timestep, took time.Duration) error {
	p := &s.play
	id := newEpisodeID(s.m.o.Now())
	s.tellFirst(ts, st, id)
	p.latest = answered{}
	var err error
	if p.encoded, err = s.m.codec.AppendTimestep(p.encoded[:0], ts); err != nil {
		s.drop()
		return &gym.Error{Code: gym.CodeEnvCrashed, Msg: "the environment gave a timestep that cannot be encoded", Err: err}
	}
	h := s.header(id, st, ts, t.q.Evaluation)
	first := episode.Step{Request: t.q.ID, Digest: p.digest[:], Timestep: *ts, Micros: took.Microseconds()}
	if err := s.m.o.Journal.Begin(h, first, p.encoded); err != nil {
		return err
	}
	p.episode, p.steps, p.task, p.adviser = id, 1, st.task, nil
	s.count(took)
	if ts.Ended() {
		s.noteEnd(ts)
	}
	return nil
}

// count counts the reset and binds the counters of the episode's steps.
func (s *Session) count(took time.Duration) {
	env, b := s.play.reg.Spec.ID, string(s.play.choice.Backend)
	s.m.o.Metrics.resets.WithLabelValues(env, b).Inc()
	s.m.o.Metrics.resetSeconds.WithLabelValues(b).Observe(took.Seconds())
	s.bind()
}

func (s *Session) bind() {
	env, b := s.play.reg.Spec.ID, string(s.play.choice.Backend)
	s.play.stepped = s.m.o.Metrics.steps.WithLabelValues(env, b)
	s.play.took = s.m.o.Metrics.stepSeconds.WithLabelValues(b)
}

// tellFirst adds to a first timestep what the session knows of the episode.
func (s *Session) tellFirst(ts *gym.Timestep, st start, id string) {
	info := make(gym.Info, len(ts.Info)+4)
	info[gym.InfoBackend] = string(st.choice.Backend)
	info[gym.InfoTask], info[gym.InfoSplit] = st.task.ID, string(st.task.Split)
	info[gym.InfoScene] = st.task.Scene
	info[gym.InfoSeedHonoured] = s.play.reg.Spec.Deterministic
	maps.Copy(info, ts.Info)
	info[gym.InfoEpisode], info[infoSeed] = id, st.seed
	ts.Info = info
}

func (s *Session) header(id string, st start, ts *gym.Timestep, evaluation bool) episode.Header {
	h := episode.Header{
		ID: id, Env: s.play.reg.Spec.ID, Backend: st.choice.Backend, Task: st.task, Seed: st.seed, Evaluation: evaluation,
		Session: s.id, Source: st.choice.Source, Server: s.m.o.Version, Started: s.m.o.Now(),
	}
	h.Snapshot, _ = ts.Info[gym.InfoSnapshot].(int64)
	h.Model, _ = ts.Info[gym.InfoModel].(string)
	return h
}
