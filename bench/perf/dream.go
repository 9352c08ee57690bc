package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/synth/dream"
	"dreamgym/synth/experience"
	"dreamgym/synth/model/analogy"
)

// dreamt is what dreams over one buffer cost.
type dreamt struct {
	size     int // transitions in the buffer
	steps    int
	p50, p99 time.Duration
	learning time.Duration // processor time for the whole buffer
}

// measureDream times steps of dreams over buffers of several sizes.
func measureDream(ctx context.Context, o options, progress io.Writer) (section, error) {
	s := section{title: "Dream", note: "Steps of the Env that dreams by the model `analogy`, in process: tasks of scenes that were recorded (`seen`), acted in as recorded. " +
		"Learning is done anew whenever the buffer has grown by a tenth, so a transition is learned from about eleven times in all; what is told is the processor time of one pass over the whole buffer."}
	data, err := os.MkdirTemp("", "perf-")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(data)
	house := filepath.Join(data, "house.jsonl")
	fmt.Fprintln(progress, "dream: recording the house")
	if err := recordHouse(ctx, house, slices.Max(o.sizes)); err != nil {
		return s, err
	}
	sources := [][2]string{{"house", house}}
	if o.textworld != "" {
		sources = append(sources, [2]string{"textworld", o.textworld})
	} else {
		s.left = "Left out: textworld. Its recordings are made by `bench/textworld/record.py`; give the file as `make bench TEXTWORLD=FILE`."
	}
	for _, source := range sources {
		rec, err := experience.ReadFile(source[1])
		if err != nil {
			return s, err
		}
		of, err := dreamSizes(ctx, source[0], rec, o.sizes, progress)
		if err != nil {
			return s, err
		}
		s.rows = append(s.rows, dreamRows(source[0], of)...)
	}
	return s, nil
}

func recordHouse(ctx context.Context, path string, transitions int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	cmd := exec.CommandContext(ctx, "go", "run", "./bench/record", "-transitions", strconv.Itoa(transitions), "-split", "train,seen")
	cmd.Stdout, cmd.Stderr = f, os.Stderr
	return cmd.Run()
}

// dreamSizes dreams over the first transitions of a recording, as many as each size says;
// sizes that it does not have are left out, but for the whole of it.
func dreamSizes(ctx context.Context, name string, rec *experience.Recording, sizes []int, progress io.Writer) ([]dreamt, error) {
	var all []dreamt
	held := rec.Steps()[gym.SplitTrain]
	for _, size := range sizes {
		fmt.Fprintf(progress, "dream: %s, %d transitions\n", name, min(size, held))
		d, err := dreamOver(ctx, rec, min(size, held))
		if err != nil {
			return nil, err
		}
		all = append(all, d)
		if size >= held {
			break
		}
	}
	return all, nil
}

// dreamOver learns from the first transitions of a recording and dreams its held-out episodes.
func dreamOver(ctx context.Context, rec *experience.Recording, size int) (dreamt, error) {
	buffer := experience.NewBuffer(0)
	for _, e := range rec.Of(gym.SplitTrain) {
		if buffer.Snapshot().Len() >= size {
			break
		}
		buffer.Add(e.Steps)
	}
	d := dreamt{size: buffer.Snapshot().Len()}
	dreamer := dream.Dreamer{Model: analogy.New(), Buffer: func(string) *experience.Buffer { return buffer }}
	env, err := dreamer.Dream(ctx, rec.Registration(), false)
	if err != nil {
		return d, err
	}
	defer env.Close()
	var times []time.Duration
	for i, e := range rec.Of(gym.SplitSeen) {
		begun := processorTime()
		ts, err := env.Reset(ctx, gym.ResetOptions{Task: e.Restart(), Seed: int64(i)})
		if i == 0 {
			d.learning = processorTime() - begun // the first dream waits for it
		}
		if gym.AsError(err) != nil && gym.AsError(err).Code == gym.CodeInsufficientEvidence {
			continue
		}
		for n := 0; err == nil && n < len(e.Steps) && !ts.Ended(); n++ {
			begun := time.Now()
			ts, err = env.Step(ctx, gym.Action(e.Steps[n].Action))
			times = append(times, time.Since(begun))
		}
		if err != nil {
			return d, err
		}
	}
	if len(times) == 0 {
		return d, fmt.Errorf("no dream over %d transitions took a step", d.size)
	}
	slices.Sort(times)
	d.steps, d.p50, d.p99 = len(times), times[len(times)/2], times[len(times)*99/100]
	return d, nil
}

// processorTime is what this process has used: how long learning takes by the clock
// depends on what else the machine does.
func processorTime() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // fails for a wrong argument alone
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func dreamRows(name string, all []dreamt) []row {
	var rows []row
	first := all[0]
	for _, d := range all {
		growth := float64(d.p50) / float64(first.p50)
		r := row{
			measure: fmt.Sprintf("%s, a step over %d transitions", name, d.size), ours: fmt.Sprintf("p50 %s, p99 %s", ms(d.p50), ms(d.p99)),
			limit: fmt.Sprintf("p50 %s over %d", ms(first.p50), first.size), ratio: fmt.Sprintf("%.1f×", growth),
			aim: "p50 ≤ 2 ms, ≤ 3×", met: verdict(d.p50 <= 2*time.Millisecond && growth <= 3),
		}
		rows = append(rows, r, row{
			measure: fmt.Sprintf("%s, learning from %d transitions", name, d.size),
			ours:    fmt.Sprintf("%.2f s CPU per 1,000, %.1f s in all", d.learning.Seconds()*1000/float64(d.size), d.learning.Seconds()),
			limit:   "—", ratio: "—", aim: "told", met: "—",
		})
	}
	return rows
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
