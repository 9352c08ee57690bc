package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/clients/go"
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
)

// TestBrowserKilled kills the server's browser in the middle of an episode. The step fails
// with its code, the episode is recorded as aborted with every step that was answered, and
// the next one in the same session is as if nothing had happened.
func TestBrowserKilled(t *testing.T) {
	data := t.TempDir()
	server := startServer(t, data)
	s := server.open(t, "sites/shop-v0")
	const before = 3 // steps
	lost := advised(t, s, before)
	killBrowser(t, server)
	if _, err := s.Step(t.Context(), "noop()"); gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("a step without the browser: %v", err)
	}
	if _, err := s.Step(t.Context(), "noop()"); gym.CodeOf(err) != gym.CodeResetRequired {
		t.Errorf("a step after the crash: %v", err)
	}
	whole := advised(t, s, -1)
	if d := cmp.Diff(lost[0].Observation, whole[0].Observation); d != "" {
		t.Errorf("after the crash the task begins otherwise: %s", d)
	}
	if last := whole[len(whole)-1]; !last.Terminated || last.Reward != 1 {
		t.Errorf("after the crash the episode ends with %+v", last)
	}
	server.kill(t)
	checkRecorded(t, data, []recorded{{lost, episode.End{Reason: episode.Aborted, Code: gym.CodeEnvCrashed}}, {whole, episode.End{Reason: episode.Terminated}}})
}

// advised plays the first task by the scripted policy, up to some steps or to its end, and
// answers the timesteps.
func advised(t *testing.T, s *client.Session, most int) []gym.Timestep {
	t.Helper()
	ts, err := s.Reset(t.Context(), client.ResetOptions{Index: new(int64(0)), Seed: new(int64(1))})
	all := []gym.Timestep{ts}
	for err == nil && !ts.Ended() && len(all) != most+1 {
		var a gym.Action
		if a, err = s.Advise(t.Context()); err != nil {
			break
		}
		ts, err = s.Step(t.Context(), a)
		all = append(all, ts)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// killBrowser kills the server's only child.
func killBrowser(t *testing.T, server *process) {
	t.Helper()
	lists, err := filepath.Glob("/proc/" + strconv.Itoa(server.cmd.Process.Pid) + "/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var children []string
	for _, list := range lists {
		b, _ := os.ReadFile(list) // the thread may have ended meanwhile
		children = append(children, strings.Fields(string(b))...)
	}
	if len(children) != 1 {
		t.Fatalf("the server has the children %v, want the browser alone", children)
	}
	browser, err := strconv.Atoi(children[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(browser, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// recorded is an episode as a client saw it.
type recorded struct {
	timesteps []gym.Timestep
	end       episode.End
}

// checkRecorded wants a data folder to hold some episodes, in order, and no damage.
func checkRecorded(t *testing.T, data string, want []recorded) {
	t.Helper()
	r, err := episode.OpenReader(data)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if damage, err := r.Check(t.Context()); err != nil || len(damage) > 0 {
		t.Errorf("the log has the damage %v, %v", damage, err)
	}
	n := 0
	_, err = r.Episodes(t.Context(), episode.Place{}, func(ended episode.Ended) error {
		e, err := ended.Episode()
		if err != nil || n == len(want) {
			t.Errorf("episode %s beyond those that were played, %v", ended.ID, err)
			return err
		}
		var timesteps []gym.Timestep
		for i, s := range e.Steps {
			if s.Index != i {
				t.Errorf("episode %d: step %d is recorded as %d", n, i, s.Index)
			}
			timesteps = append(timesteps, s.Timestep)
		}
		if d := cmp.Diff(want[n].timesteps, timesteps); d != "" {
			t.Errorf("episode %d is recorded otherwise: %s", n, d)
		}
		if e.End.Reason != want[n].end.Reason || e.End.Code != want[n].end.Code || e.Learnable() != (e.End.Reason != episode.Aborted) {
			t.Errorf("episode %d ends with %+v, learnable: %t", n, e.End, e.Learnable())
		}
		n++
		return nil
	})
	if err != nil || n != len(want) {
		t.Errorf("%d episodes are recorded, want %d; %v", n, len(want), err)
	}
}
