package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server under measurement.
type process struct {
	cmd *exec.Cmd
	url string // ws://host:port
}

// start runs a server that says http://ADDRESS in its first line when it is there.
func start(ctx context.Context, name string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, found := strings.Cut(line, "http://")
	if err != nil || !found {
		err = errors.Join(err, cmd.Process.Kill())
		cmd.Wait()
		return nil, fmt.Errorf("%s did not start: %w\n%s", name, err, complaints.String())
	}
	return &process{cmd: cmd, url: "ws://" + strings.Fields(address)[0]}, nil
}

// startEcho runs this program as an echo.
func startEcho(ctx context.Context, codec string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(ctx, self, "echo", "-codec", codec)
}

// startServer runs the real server over a data folder.
func startServer(ctx context.Context, o options, data, durability string) (*process, error) {
	return start(ctx, o.envserver, "serve", "--listen", "127.0.0.1:0", "--data", data, "--test-envs", "--durability", durability, "--log-level", "error")
}

// stop ends the server.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.cmd.Wait()
}

// cpu is the processor time that the server has used.
func (p *process) cpu() (time.Duration, error) {
	s, err := readStat(p.cmd.Process.Pid)
	return s.used, err
}

// rss is the server's resident memory in bytes.
func (p *process) rss() (int64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// loadAverage is that of the last minute.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}

func describeMachine() string {
	return fmt.Sprintf("%d cores, %s, %s/%s", runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
