package chrome

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// profiles are the folders in the temporary folder, which the test has for itself.
func profiles(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), profilePrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// TestNoProfileStays after a browser was closed, was killed, or never answered.
func TestNoProfileStays(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	url := serve(t, `<button>go</button>`, nil)
	ends := map[string]func(b *Browser, p *Page){
		"closed": func(*Browser, *Page) {},
		"killed": func(b *Browser, _ *Page) { syscall.Kill(b.process.cmd.Process.Pid, syscall.SIGKILL) },
		"killed, then again": func(b *Browser, p *Page) {
			syscall.Kill(b.process.cmd.Process.Pid, syscall.SIGKILL)
			closeWiped(p)
			next(t, b, url)
		},
		"with a page at work": func(_ *Browser, p *Page) {
			p.Evaluate(t.Context(), "localStorage.x = 'x'.repeat(1e6)", nil)
			p.session.send("Runtime.evaluate", map[string]any{"expression": "for (;;);"})
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			b := New(Config{})
			p, _ := openPage(t, b, url)
			if len(profiles(t)) != 1 {
				t.Fatalf("a running browser has the folders %v", profiles(t))
			}
			end(b, p)
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if left := profiles(t); len(left) > 0 {
				t.Errorf("%v stay", left)
			}
		})
	}
	b := New(Config{Path: "/bin/true"})
	b.Page(t.Context())
	b.Close()
	if left := profiles(t); len(left) > 0 {
		t.Errorf("a program that is no Chrome leaves %v", left)
	}
}

// TestSweep removes what dead processes left, at the next launch, and nothing else.
func TestSweep(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dead := deadProfile(t)
	old := filepath.Join(os.TempDir(), profilePrefix+"old")
	young := filepath.Join(os.TempDir(), profilePrefix+"young")
	other := filepath.Join(os.TempDir(), "other")
	for _, dir := range []string{old, young, other} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	alive, err := newProfile()
	if err != nil {
		t.Fatal(err)
	}
	defer alive.remove()
	openPage(t, testBrowser(t, Config{}), serve(t, `<button>go</button>`, nil))
	for dir, stays := range map[string]bool{dead: false, old: false, young: true, other: true, alive.dir: true} {
		if _, err := os.Stat(dir); (err == nil) != stays {
			t.Errorf("%s: %v, want it to stay: %v", filepath.Base(dir), err, stays)
		}
	}
}

// deadProfile answers the folder of a process that was killed.
func deadProfile(t *testing.T) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHoldAProfile$")
	cmd.Env = append(os.Environ(), "HOLD_A_PROFILE=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	held := profiles(t)
	if len(held) != 1 || left(held[0]) {
		t.Fatalf("the other process holds %v", held)
	}
	cmd.Process.Kill()
	cmd.Wait()
	return held[0]
}

// TestHoldAProfile is the process that is killed.
func TestHoldAProfile(t *testing.T) {
	if os.Getenv("HOLD_A_PROFILE") == "" {
		t.Skip("it is run by TestSweep")
	}
	held, err := newProfile()
	if err != nil {
		t.Fatal(err)
	}
	defer held.remove() // never: it is killed
	os.Stdout.WriteString("x")
	select {}
}
