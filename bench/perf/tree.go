package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// stat is what /proc tells of a process.
type stat struct {
	pid, parent int
	used        time.Duration // processor time, that of children it has waited for included
}

// tick is the unit of processor time in /proc: of USER_HZ, 100 on Linux.
const tick = 10 * time.Millisecond

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	// The name of the program, in brackets, may hold blanks: what follows it counts.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	s := stat{pid: pid}
	if s.parent, err = strconv.Atoi(fields[1]); err != nil {
		return s, err
	}
	for _, f := range fields[11:15] { // user and system, its own and its children's
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return s, err
		}
		s.used += time.Duration(n) * tick
	}
	return s, nil
}

// tree answers the process and all that descend from it. What ended meanwhile is left out.
func (p *process) tree() ([]stat, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := make(map[int][]stat)
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if s, err := readStat(pid); err == nil {
				children[s.parent] = append(children[s.parent], s)
			}
		}
	}
	root, err := readStat(p.cmd.Process.Pid)
	if err != nil {
		return nil, err
	}
	all := []stat{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i].pid]...)
	}
	return all, nil
}

// treeCPU is the processor time of a process and all that descend from it.
func (p *process) treeCPU() (used time.Duration, err error) {
	all, err := p.tree()
	for _, s := range all {
		used += s.used
	}
	return used, err
}

// treePSS is the memory of a process and all that descend from it, in bytes; what several
// share is shared out among them.
func (p *process) treePSS() (bytes int64, err error) {
	all, err := p.tree()
	for _, s := range all {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.pid))
		if err != nil {
			continue // it ended meanwhile
		}
		_, after, _ := strings.Cut(string(text), "\nPss:")
		kib, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
		if err != nil {
			return 0, err
		}
		bytes += kib << 10
	}
	return bytes, err
}
