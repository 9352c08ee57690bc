package analogy

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

func TestGeneration(t *testing.T) {
	last, changes := int64(0), 0
	for w := int64(1); w <= 20_000; w++ {
		g := generation(w)
		switch {
		case g < 1 || g > w:
			t.Fatalf("generation(%d) = %d", w, g)
		case g < last:
			t.Fatalf("generation(%d) = %d, less than %d before it", w, g, last)
		case 11*g < 10*(w-10):
			t.Fatalf("generation(%d) = %d leaves out more than a tenth", w, g)
		case generation(g) != g:
			t.Fatalf("generation(%d) = %d is none of its own", w, g)
		}
		if g != last {
			changes++
		}
		last = g
	}
	if changes > 150 {
		t.Errorf("%d generations up to 20,000: learning costs too much", changes)
	}
}

// growing is a buffer with episodes of ten steps.
type growing struct {
	*experience.Buffer
	episodes int
}

func newGrowing(n int) *growing {
	b := &growing{Buffer: experience.NewBuffer(0)}
	b.grow(n)
	return b
}

// grow adds episodes and answers the buffer as it is then.
func (b *growing) grow(n int) *experience.Snapshot {
	for range n {
		b.episodes++
		var steps []experience.Transition
		for i := range 10 {
			steps = append(steps, experience.Transition{Episode: fmt.Sprint("e", b.episodes), Step: i, Task: "t", Scene: "s", State: "dark", Action: "wait", Next: "dark"})
		}
		b.Add(steps)
	}
	return b.Snapshot()
}

// teacher learns when it is told to.
type teacher struct {
	*generations
	next chan struct{} // one value for each memory

	mu            sync.Mutex
	running, most int
	began         int
}

func newTeacher() *teacher {
	x := &teacher{generations: newGenerations(), next: make(chan struct{}, 100)}
	x.newMemory = func(_ []*experience.Transition, stop <-chan struct{}) *memory {
		x.count(1)
		defer x.count(-1)
		select {
		case <-x.next:
			return &memory{}
		case <-stop:
			return nil
		}
	}
	return x
}

func (x *teacher) count(n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.running += n
	x.began += one(n > 0)
	x.most = max(x.most, x.running)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// learned waits until one more memory is there.
func (x *teacher) learned() {
	x.next <- struct{}{}
	synctest.Wait()
}

func wantReady(t *testing.T, x *teacher, at, want *experience.Snapshot) {
	t.Helper()
	if got := x.ready(at); got.Watermark() != want.Watermark() {
		t.Errorf("at %d, ready is %d, want %d", at.Watermark(), got.Watermark(), want.Watermark())
	}
}

// Once something was learned, resets go on with it while the next generation is learned.
func TestReadyDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, b := newTeacher(), newGrowing(20)
		first := b.Snapshot()
		wantReady(t, x, first, first) // nothing is there: the first has to wait
		x.next <- struct{}{}
		if m, err := x.memory(t.Context(), first); m == nil || err != nil {
			t.Fatalf("memory = %v, %v", m, err)
		}
		wantReady(t, x, first, first)
		second := b.grow(4)
		for range 10 {
			wantReady(t, x, second, first)
		}
		third := b.grow(4)
		wantReady(t, x, third, first) // the second is being learned: not another beside it
		synctest.Wait()
		if x.most != 1 || x.began != 2 {
			t.Errorf("%d learned at once, %d begun", x.most, x.began)
		}
		x.learned()
		wantReady(t, x, third, second)
		x.learned()
		wantReady(t, x, third, third)
		x.close()
	})
}

// A generation that half of the transitions came after is too old: then it is waited for
// what is learned already, or for the newest.
func TestTooOldIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, b := newTeacher(), newGrowing(10)
		x.next <- struct{}{}
		if _, err := x.memory(t.Context(), b.Snapshot()); err != nil {
			t.Fatal(err)
		}
		much := b.grow(11)
		wantReady(t, x, much, much)
		waiting := make(chan error, 1)
		go func() { _, err := x.memory(t.Context(), much); waiting <- err }()
		synctest.Wait()
		wantReady(t, x, b.grow(3), much)
		x.learned()
		if err := <-waiting; err != nil || x.began != 2 {
			t.Errorf("memory: %v; %d begun", err, x.began)
		}
		x.close()
	})
}

// An episode that pinned a snapshot gets what was learned of that one, however long it
// takes, and others keep what is ready.
func TestPinnedWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, b := newTeacher(), newGrowing(20)
		old := b.Snapshot()
		now := b.grow(10)
		x.next <- struct{}{}
		newest, err := x.memory(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := x.memory(canceled, old); !errors.Is(err, context.Canceled) {
			t.Errorf("memory = %v, want that it does not wait longer than it may", err)
		}
		x.next <- struct{}{}
		m, err := x.memory(t.Context(), old)
		if err != nil || m == newest {
			t.Errorf("memory = %v, the newest: %t", err, m == newest)
		}
		wantReady(t, x, now, now)
		x.close()
	})
}

func TestMemoriesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTeacher()
		b := newGrowing(20)
		for range 10 {
			x.next <- struct{}{}
			if _, err := x.memory(t.Context(), b.grow(5)); err != nil {
				t.Fatal(err)
			}
		}
		if len(x.all) != keptOfEach {
			t.Errorf("%d memories of a buffer, want %d", len(x.all), keptOfEach)
		}
		wantReady(t, x, b.Snapshot(), b.Snapshot())
		for range 2 * kept {
			x.next <- struct{}{}
			if _, err := x.memory(t.Context(), newGrowing(1).Snapshot()); err != nil {
				t.Fatal(err)
			}
		}
		if len(x.all) != kept {
			t.Errorf("%d memories, want %d", len(x.all), kept)
		}
		x.close()
	})
}

func TestCloseEndsLearning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, b := newTeacher(), newGrowing(20)
		failed := make(chan error, 1)
		go func() { _, err := x.memory(t.Context(), b.Snapshot()); failed <- err }()
		synctest.Wait()
		x.close()
		x.close()
		if err := <-failed; gym.CodeOf(err) != gym.CodeShuttingDown {
			t.Errorf("memory = %v, want %s", err, gym.CodeShuttingDown)
		}
		if _, err := x.memory(t.Context(), b.grow(10)); gym.CodeOf(err) != gym.CodeShuttingDown {
			t.Errorf("memory after close = %v, want %s", err, gym.CodeShuttingDown)
		}
		if x.running != 0 || x.began != 1 {
			t.Errorf("%d run, %d begun", x.running, x.began)
		}
	})
}

// What cannot be learned is an error of those who need it; others go on with what is there.
func TestLearningThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, b := newTeacher(), newGrowing(20)
		first := b.Snapshot()
		x.next <- struct{}{}
		if _, err := x.memory(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		x.newMemory = func([]*experience.Transition, <-chan struct{}) *memory { panic("no") }
		second := b.grow(4)
		wantReady(t, x, second, first)
		synctest.Wait()
		wantReady(t, x, second, first)
		if _, err := x.memory(t.Context(), second); gym.CodeOf(err) != gym.CodeInternal {
			t.Errorf("memory = %v, want %s", err, gym.CodeInternal)
		}
		x.close()
	})
}

// Learning ends when it is told to, at once where it has not begun.
func TestLearningStops(t *testing.T) {
	stop := make(chan struct{})
	all := learnedFrom(newGrowing(20).Snapshot(), 200)
	if m := newMemory(all, stop); m == nil || m.right == nil {
		t.Fatal("nothing was learned")
	}
	m := learnMemory(all, stop)
	close(stop)
	if newMemory(all, stop) != nil || m.calibrate(all, stop) {
		t.Error("it was learned to the end")
	}
}
