package python

import (
	"bufio"
	_ "embed" // the program
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"dreamgym/envserver/gym"
)

//go:embed worker.py
var program string

// process is one interpreter that runs the program, and the pipes to it.
type process struct {
	cmd    *exec.Cmd
	in     *os.File
	out    *os.File
	frames *bufio.Reader
	exited chan struct{}
}

// greet configures the process and waits for what it tells of its environment. Where
// that cannot be hosted the error says why.
func (p *process) greet(c Config, h Hosted) (traits, error) {
	late := time.AfterFunc(startTimeout, p.signal)
	defer late.Stop()
	var t traits
	frame, err := p.exchange(h.hello(c))
	if err == nil {
		err = json.Unmarshal(frame, &t)
	}
	switch {
	case err != nil:
		return t, &gym.Error{Code: gym.CodeNotAvailable, Err: err,
			Msg: h.id() + " could not be made: its process ended or took too long; the server's log says more"}
	case t.Code != "":
		return t, gym.Errorf(t.Code, "%s: %s", h.id(), strings.ReplaceAll(t.Message, "PYTHON", c.Interpreter))
	}
	return t, nil
}

// notStarted is what a client is told where there is no process.
func notStarted(err error) *gym.Error {
	return &gym.Error{Code: gym.CodeNotAvailable, Msg: "the Python interpreter could not be started", Err: err}
}

// start runs the interpreter with the pipes as its files 3 and 4.
func start(c Config, h Hosted) (*process, error) {
	theirR, ourW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	ourR, theirW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, theirR.Close(), ourW.Close())
	}
	cmd := exec.Command(c.Interpreter, "-u", "-c", program)
	log := c.Log.With().Str("env", h.id()).Logger()
	cmd.Stdout, cmd.Stderr = &lines{log: log, stream: "stdout"}, &lines{log: log, stream: "stderr"}
	cmd.Env = environment(os.Environ())
	cmd.ExtraFiles = []*os.File{theirR, theirW}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second // children may hold its output
	err = cmd.Start()
	theirR.Close()
	theirW.Close()
	if err != nil {
		return nil, errors.Join(err, ourR.Close(), ourW.Close())
	}
	p := &process{cmd: cmd, in: ourW, out: ourR, frames: bufio.NewReaderSize(ourR, 64<<10), exited: make(chan struct{})}
	go p.wait()
	return p, nil
}

// wait outlives the process: its children end with it, and so do the pipes.
func (p *process) wait() {
	p.cmd.Wait()
	p.signal()
	p.in.Close()
	p.out.Close()
	close(p.exited)
}

// signal kills the process with its children, unless it is gone.
func (p *process) signal() {
	select {
	case <-p.exited:
	default:
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// kill ends the process and waits for that.
func (p *process) kill() {
	p.signal()
	<-p.exited
}

// exchange sends a frame and reads the answer.
func (p *process) exchange(request any) ([]byte, error) {
	if err := writeFrame(p.in, request); err != nil {
		return nil, fmt.Errorf("python: write: %w", err)
	}
	frame, err := readFrame(p.frames)
	if err != nil {
		return nil, fmt.Errorf("python: read: %w", err)
	}
	return frame, nil
}

// environment is what hosted code may see of the server's own, which may hold secrets.
// A process computes on one thread: others are on the other processors.
func environment(own []string) []string {
	passed := []string{"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH"}
	all := []string{
		"PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0", "SDL_VIDEODRIVER=dummy", "SDL_AUDIODRIVER=dummy", "MPLBACKEND=Agg", "PYGAME_HIDE_SUPPORT_PROMPT=1",
		"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1",
	}
	for _, v := range own {
		if name, _, _ := strings.Cut(v, "="); slices.Contains(passed, name) {
			all = append(all, v)
		}
	}
	return all
}
