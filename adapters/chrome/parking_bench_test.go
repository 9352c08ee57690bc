package chrome

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkIdle opens 500 pages, of which as many as the configuration has it stay live,
// and then wakes them at random. Aims: 3 GiB for all, a wake's p50 ≤ 150 ms.
func BenchmarkIdle(b *testing.B) {
	const sessions = 500
	meter := new(Meter)
	browser := testBrowser(b, Config{Meter: meter})
	url := serve(b, "", map[string]http.HandlerFunc{"/list": func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "s"})
		fmt.Fprint(w, "<!doctype html><title>list</title><style>div { float: left; width: 200px }</style>", benchForm(), strings.Repeat("<div><a href=/list>A thing</a><p>It costs 12.00</div>", 40))
	}})
	for b.Loop() {
		begun := time.Now()
		var pages []*Page
		var highest int64
		for range sessions {
			p, _ := openPage(b, browser, url+"/list")
			if _, err := p.Step(b.Context(), "fill('16', 'ada')"); err != nil {
				b.Fatal(err)
			}
			pages = append(pages, p)
			highest = max(highest, meter.Count().Live)
		}
		await(b, func() bool { return meter.Count().Live <= int64(browser.cfg.Live) })
		b.ReportMetric(time.Since(begun).Seconds(), "opened-s")
		b.ReportMetric(float64(highest), "live-most")
		b.ReportMetric(float64(memory(b, browser.process.cmd.Process.Pid))/1024, "MiB")
		b.ReportMetric(float64(memory(b, os.Getpid()))/1024, "own-MiB")
		var wakes []time.Duration
		for i := range 60 {
			p := pages[i*7%(sessions-100)]
			if !p.isParked() {
				continue
			}
			begun := time.Now()
			if o, err := p.Step(b.Context(), "noop()"); err != nil || !strings.Contains(o.Text(), `value="ada"`) {
				b.Fatal(err, o.Text())
			}
			wakes = append(wakes, time.Since(begun))
			await(b, func() bool { return meter.Count().Live <= int64(browser.cfg.Live) })
		}
		slices.Sort(wakes)
		b.ReportMetric(milliseconds(wakes[len(wakes)/2]), "wake-p50-ms")
		b.ReportMetric(milliseconds(wakes[len(wakes)*95/100]), "wake-p95-ms")
		for _, p := range pages {
			p.Discard()
		}
	}
	b.ReportMetric(0, "ns/op")
}

// memory is the proportional set size, in KiB, of a process and of its group where it
// leads one.
func memory(b *testing.B, pid int) int {
	b.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	total := 0
	for _, s := range stats {
		stat, _ := os.ReadFile(s)
		_, rest, _ := bytes.Cut(stat, []byte(") "))
		f := strings.Fields(string(rest))
		if filepath.Base(filepath.Dir(s)) != strconv.Itoa(pid) && (len(f) < 3 || f[2] != strconv.Itoa(pid)) {
			continue
		}
		rollup, _ := os.ReadFile(filepath.Join(filepath.Dir(s), "smaps_rollup"))
		_, pss, _ := strings.Cut(string(rollup), "\nPss:")
		if f := strings.Fields(pss); len(f) > 0 {
			n, _ := strconv.Atoi(f[0])
			total += n
		}
	}
	return total
}
