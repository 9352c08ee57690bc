package distill

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// TestParquetMemoryIsBounded writes 384 MB of different texts through far less.
func TestParquetMemoryIsBounded(t *testing.T) {
	const examples, most = 3 * rowGroup, 200 << 20
	long := strings.Repeat("sixty-four thousand characters of a prompt ", 1520)
	w := newParquet(io.Discard)
	var peak uint64
	for i := range examples {
		e := Example{Prompt: []Message{{"user", fmt.Sprint(i, long)}}, Completion: []Message{{"assistant", fmt.Sprint(i)}}, Ref: fmt.Sprint(i)}
		if err := w.write(e); err != nil {
			t.Fatal(err)
		}
		if i%rowGroup != 0 || i == 0 {
			continue
		}
		var m runtime.MemStats
		runtime.GC() // what is garbage is not held
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	if peak > most {
		t.Errorf("%d MB at most", peak>>20)
	}
}
