package experience

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
)

// stepsOf makes an episode of n transitions.
func stepsOf(id string, n int) []Transition {
	ts := make([]Transition, n)
	for i := range ts {
		ts[i] = Transition{Episode: id, Step: i, Action: "act"}
	}
	return ts
}

func seqs(s *Snapshot) []int64 {
	var all []int64
	for t := range s.All() {
		all = append(all, t.Seq)
	}
	return all
}

func TestBufferEvictsTheOldest(t *testing.T) {
	b := NewBuffer(3)
	b.Add(stepsOf("a", 2))
	before := b.Snapshot()
	if n := b.Add(stepsOf("b", 3)); n != 3 {
		t.Errorf("Add = %d, want 3", n)
	}
	if n := b.Add(stepsOf("a", 2)); n != 0 {
		t.Errorf("Add of a known episode = %d, want 0", n)
	}
	if n := b.Add(nil); n != 0 {
		t.Errorf("Add of nothing = %d, want 0", n)
	}
	after := b.Snapshot()
	if got := seqs(before); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("the snapshot taken before sees %v, want 1 and 2", got)
	}
	if got := seqs(after); !slices.Equal(got, []int64{3, 4, 5}) || after.Len() != 3 {
		t.Errorf("the snapshot sees %v, Len %d, want 3, 4, 5", got, after.Len())
	}
	same, err := b.At(before.Watermark(), before.Evictions())
	if err != nil || !slices.Equal(seqs(same), seqs(before)) {
		t.Errorf("At = %v, %v, want the earlier snapshot", same, err)
	}
	if again, err := b.AtWatermark(after.Watermark()); err != nil || !slices.Equal(seqs(again), seqs(after)) {
		t.Errorf("AtWatermark = %v, %v, want the newest snapshot", again, err)
	}
	if _, err := b.AtWatermark(6); err == nil {
		t.Error("AtWatermark beyond the end is nil, want an error")
	}
	for _, bad := range [][2]int64{{6, 0}, {-1, 0}, {5, 3}, {5, -1}, {1, 2}} {
		if _, err := b.At(bad[0], bad[1]); err == nil {
			t.Errorf("At(%d, %d) is nil, want an error", bad[0], bad[1])
		}
	}
}

// Snapshots taken and read while others add and evict always see what they saw first.
func TestSnapshotsNeverChange(t *testing.T) {
	b := NewBuffer(50)
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			for i := range 200 {
				b.Add(stepsOf(fmt.Sprintf("e%d-%d", w, i), 1+i%7))
			}
		})
		group.Go(func() {
			for range 200 {
				s := b.Snapshot()
				first := seqs(s)
				if len(first) != s.Len() || len(first) > 50 {
					t.Errorf("a snapshot of %d sees %d", s.Len(), len(first))
				}
				if len(first) > 0 && first[len(first)-1] != s.Watermark() {
					t.Errorf("the last is %d, the watermark %d", first[len(first)-1], s.Watermark())
				}
				again, err := b.At(s.Watermark(), s.Evictions())
				if err != nil || !slices.Equal(first, seqs(s)) || !slices.Equal(first, seqs(again)) {
					t.Errorf("the snapshot changed from %v to %v (%v)", first, seqs(s), err)
				}
			}
		})
	}
	group.Wait()
}

func TestOnlyLearnableEpisodesEnter(t *testing.T) {
	log := func(change func(*episode.Episode)) *episode.Episode {
		e := &episode.Episode{
			Header: episode.Header{ID: "e", Backend: gym.BackendReal, Task: gym.Task{ID: "t", Split: gym.SplitTrain}},
			Steps: []episode.Step{
				{Timestep: gym.Timestep{Observation: gym.Observation{Goal: "g", Text: "s0", Actions: []string{"a"}}}},
				{Index: 1, Action: "a", Timestep: gym.Timestep{Observation: gym.Observation{Text: "s1"}, Reward: 1, Terminated: true}},
			},
			End: &episode.End{Reason: episode.Terminated},
		}
		change(e)
		return e
	}
	tests := []struct {
		name   string
		change func(*episode.Episode)
		want   int
	}{
		{"a real training episode", func(*episode.Episode) {}, 1},
		{"an evaluation", func(e *episode.Episode) { e.Header.Evaluation = true }, 0},
		{"seen", func(e *episode.Episode) { e.Header.Task.Split = gym.SplitSeen }, 0},
		{"unseen", func(e *episode.Episode) { e.Header.Task.Split = gym.SplitUnseen }, 0},
		{"no split", func(e *episode.Episode) { e.Header.Task.Split = "" }, 0},
		{"a dream", func(e *episode.Episode) { e.Header.Backend = gym.BackendDream }, 0},
		{"a replay", func(e *episode.Episode) { e.Header.Backend = gym.BackendReplay }, 0},
		{"aborted", func(e *episode.Episode) { e.End.Reason = episode.Aborted }, 0},
		{"running", func(e *episode.Episode) { e.End = nil }, 0},
		{"without a step", func(e *episode.Episode) { e.Steps = e.Steps[:1] }, 0},
	}
	for _, test := range tests {
		b := NewBuffer(0)
		if n := b.AddLog(log(test.change)); n != test.want || b.Snapshot().Len() != test.want {
			t.Errorf("%s: AddLog = %d, the buffer holds %d, want %d", test.name, n, b.Snapshot().Len(), test.want)
		}
	}
	e := FromLog(log(func(*episode.Episode) {}))
	if e.Goal != "g" || e.Scene != "t" || e.Return() != 1 || e.Restart().Start.Text != "s0" || e.Steps[0].Next != "s1" {
		t.Errorf("FromLog = %+v", e)
	}
}

func BenchmarkSnapshotAll(b *testing.B) {
	buffer := NewBuffer(0)
	for i := range 1000 {
		buffer.Add(stepsOf(fmt.Sprint(i), 100))
	}
	for b.Loop() {
		n := 0
		for range buffer.Snapshot().All() {
			n++
		}
		if n != 100_000 {
			b.Fatal(n)
		}
	}
}

func TestStepLimit(t *testing.T) {
	b, seen := NewBuffer(20), []int{}
	add := func(steps int, truncated bool) {
		ts := stepsOf(fmt.Sprint(len(seen)), steps)
		ts[steps-1].Truncated, ts[steps-1].Terminated = truncated, !truncated
		b.Add(ts)
		seen = append(seen, b.Snapshot().StepLimit())
	}
	add(9, false)
	for range 4 {
		add(7, true)
	}
	add(7, false) // ended there by itself
	add(3, false)
	before := b.Snapshot()
	add(7, true)
	add(8, false) // went on
	for range 5 {
		add(12, true)
	}
	add(11, true) // cut elsewhere
	if want := []int{0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 12, 0}; !slices.Equal(seen, want) {
		t.Errorf("limits %v, want %v", seen, want)
	}
	if n := before.StepLimit(); n != 0 {
		t.Errorf("a snapshot's limit became %d", n)
	}
}
