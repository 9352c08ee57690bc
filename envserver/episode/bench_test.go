package episode

import (
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// BenchmarkAppendStep appends steps of a 300-byte observation from 64 goroutines, each
// with an episode of its own.
func BenchmarkAppendStep(b *testing.B) {
	for _, d := range []Durability{DurableProcess, DurableSync} {
		for _, writers := range []int{1, 64, 1024} {
			b.Run(fmt.Sprintf("%s/%d", d, writers), func(b *testing.B) { benchAppend(b, d, writers) })
		}
	}
}

func benchAppend(b *testing.B, d Durability, writers int) {
	l := openLog(b, b.TempDir(), Options{Durability: d})
	ts := gym.Timestep{Observation: gym.Observation{Text: string(make([]byte, 300))}, Info: gym.Info{"backend": "real"}}
	encoded, err := wire.NewCodecs().Msgpack.AppendTimestep(nil, &ts)
	must(b, err)
	for w := range writers {
		must(b, l.Begin(header(fmt.Sprint(w), ""), Step{Timestep: ts}, encoded))
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			id := fmt.Sprint(w)
			for i := 1; i <= b.N/writers+1; i++ {
				s := Step{Index: i, Request: int64(i), Digest: []byte("0123456789abcdef"), Action: "click('a12')", Timestep: ts}
				if err := l.AppendStep(id, s, encoded); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
	b.ReportMetric(float64((cpu()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// cpu answers the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkRead(b *testing.B) {
	l := openLog(b, b.TempDir(), Options{})
	play(b, l, header("e1", ""), 50)
	at := l.w.newest
	if _, err := l.Episodes(b.Context(), Place{}, func(e Ended) error { at = e.Place; return nil }); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Read(at); err != nil {
			b.Fatal(err)
		}
	}
}
