//go:build !race

package openenv

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// stackBytes is the memory of all goroutines' stacks.
func stackBytes() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.StackInuse
}

// TestIdleStacks steps many sessions once each. The goroutine that reads a connection carries
// the step out; its stack stays as large as that made it, so it must not grow beyond 8 KiB.
// Under the race detector it does: frames are larger.
func TestIdleStacks(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which shrinks stacks
	f := start(t, options{})
	const sessions = 200
	before := stackBytes()
	for range sessions {
		c := f.reset(script)
		c.want("observation", c.act("half"))
	}
	if each := (stackBytes() - before) / sessions; each > 12<<10 {
		t.Errorf("the stack of an idle session takes %d bytes", each)
	}
}
