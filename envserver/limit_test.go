package main

import (
	"os/exec"
	"strconv"
	"testing"
)

// limit bounds how large the files of a process may grow.
func limit(t *testing.T, pid int, bytes int64) {
	t.Helper()
	prlimit, err := exec.LookPath("prlimit")
	if err != nil {
		t.Skip("prlimit is not installed")
	}
	size := strconv.FormatInt(bytes, 10)
	if out, err := exec.Command(prlimit, "--pid", strconv.Itoa(pid), "--fsize="+size+":"+size).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
