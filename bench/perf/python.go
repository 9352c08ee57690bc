package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// vectorSpeed is what vector.py prints.
type vectorSpeed struct {
	Ours     float64 `json:"ours"` // steps of environments per second
	Peer     float64 `json:"peer"`
	PoleOurs float64 `json:"pole_ours"` // of CartPole
	PolePeer float64 `json:"pole_peer"`
}

// measurePython compares the vector environment with Gymnasium's AsyncVectorEnv.
func measurePython(ctx context.Context, o options, progress io.Writer) (section, error) {
	s := section{title: "Python", note: "`dreamgym.make_vec(\"test/echo-v0\", 64)`, recording on, a frame a step. The peer is Gymnasium's AsyncVectorEnv of 8 processes " +
		"over an environment that answers as many bytes without doing anything else. CartPole is hosted by the server on one side, and in a process " +
		"for each environment on the other."}
	fmt.Fprintln(progress, "python: vector environments")
	server, err := filepath.Abs(o.envserver)
	if err != nil {
		return s, err
	}
	cmd := exec.CommandContext(ctx, o.python, "bench/perf/vector.py", "--seconds", fmt.Sprint(o.round.Seconds()), "--rounds", fmt.Sprint(rounds))
	cmd.Env = append(os.Environ(), "DREAMGYM_ENVSERVER="+server)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return s, fmt.Errorf("vector.py: %w\n%s", err, complaints.String())
	}
	var v vectorSpeed
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		return s, err
	}
	s.rows = []row{{"64 environments, recorded", fmt.Sprintf("%.0f env-steps/s", v.Ours), fmt.Sprintf("AsyncVectorEnv of 8: %.0f", v.Peer),
		fmt.Sprintf("%.1f×", v.Ours/v.Peer), "≥ 40,000/s", verdict(v.Ours >= 40_000)},
		{"64 × CartPole, hosted, recorded", fmt.Sprintf("%.0f env-steps/s", v.PoleOurs), fmt.Sprintf("AsyncVectorEnv of 64: %.0f", v.PolePeer),
			fmt.Sprintf("%.1f×", v.PoleOurs/v.PolePeer), "≥ 2×", verdict(v.PoleOurs >= 2*v.PolePeer)}}
	return s, nil
}
