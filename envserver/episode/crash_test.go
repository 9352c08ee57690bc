package episode

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"dreamgym/envserver/gym"
)

// crashFolder names, in the environment, the data folder in which this test binary
// writes until it is killed, instead of running tests.
const crashFolder = "EPISODE_CRASH_FOLDER"

const crashWriters = 16

// crashWriter records steps of many sessions without end, and says of each step that was
// acknowledged which it was.
func crashWriter(dir string, out io.Writer) int {
	l, err := Open(dir, Options{SegmentBytes: 256 << 10})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var wg sync.WaitGroup
	for n := range crashWriters {
		wg.Go(func() { err = crashSession(l, n, out) })
	}
	wg.Wait()
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// crashSession goes on until a write fails. A line is one write(2): lines do not mix.
func crashSession(l *Log, number int, out io.Writer) error {
	session := fmt.Sprintf("p%d.%d", os.Getpid(), number)
	if err := l.OpenSession(Session{ID: session}); err != nil {
		return err
	}
	for n := 0; ; n++ {
		id := fmt.Sprintf("%s-%d", session, n)
		if err := l.Begin(header(id, session), step(0, 0), nil); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s 0\n", id)
		for i := 1; i <= 20; i++ {
			s := step(i, 1)
			s.Timestep.Terminated = i == 20
			if err := l.AppendStep(id, s, nil); err != nil {
				return err
			}
			fmt.Fprintf(out, "%s %d\n", id, i)
		}
	}
}

// TestAcknowledgedStepsSurviveKill kills a process that is recording under load, again
// and again in one folder, and finds every step that it acknowledged, once.
func TestAcknowledgedStepsSurviveKill(t *testing.T) {
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	dir := t.TempDir()
	acknowledged := make(map[string]bool)
	for range rounds {
		runAndKill(t, dir, 600, acknowledged)
		endSessions(t, dir)
	}
	r, err := OpenReader(dir)
	must(t, err)
	defer r.Close()
	found := recordedSteps(t, r)
	for key := range acknowledged {
		if found[key] != 1 {
			t.Errorf("acknowledged step %q is recorded %d times", key, found[key])
		}
	}
	if len(acknowledged) < 600*rounds {
		t.Errorf("only %d steps were acknowledged", len(acknowledged))
	}
	t.Logf("%d rounds, %d steps acknowledged, %d recorded", rounds, len(acknowledged), len(found))
}

// runAndKill notes what a writing process acknowledges, and kills it after so many lines.
func runAndKill(t *testing.T, dir string, lines int, acknowledged map[string]bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashFolder+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err, cmd.Start())
	in := bufio.NewReader(out)
	for n := 0; ; n++ {
		line, err := in.ReadString('\n')
		if err != nil {
			break
		}
		acknowledged[strings.TrimSuffix(line, "\n")] = true
		if n == lines {
			must(t, cmd.Process.Kill())
		}
	}
	if cmd.Wait() == nil {
		t.Fatal("the writer ended by itself")
	}
}

// endSessions ends what the killed process left open, as a server does that cannot go on.
func endSessions(t *testing.T, dir string) {
	t.Helper()
	l, err := Open(dir, Options{SegmentBytes: 256 << 10})
	must(t, err)
	open, err := l.Sessions()
	must(t, err)
	for _, s := range open {
		if s.Episode != "" {
			must(t, l.AppendEnd(s.Episode, End{Reason: Aborted, Code: gym.CodeSessionLost, Ended: noon}))
		}
		must(t, l.CloseSession(s.ID, Closing{Closed: noon}))
	}
	if d := l.Recovered().Damage; len(d) > 0 {
		t.Errorf("damage after a kill: %v", d)
	}
	must(t, l.Close())
}

// recordedSteps counts the steps of every episode as it is read back.
func recordedSteps(t *testing.T, r *Reader) map[string]int {
	t.Helper()
	found := make(map[string]int)
	_, err := r.Episodes(context.Background(), Place{}, func(ended Ended) error {
		e, err := ended.Episode()
		if err != nil {
			return err
		}
		for i, s := range e.Steps {
			if s.Index != i {
				t.Errorf("episode %s has step %d at %d", ended.ID, s.Index, i)
			}
			found[fmt.Sprintf("%s %d", ended.ID, s.Index)]++
		}
		return nil
	})
	must(t, err)
	return found
}
