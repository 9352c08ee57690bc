package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

type envsCmd struct {
	serverFlags
}

// Help is printed by envs --help.
func (envsCmd) Help() string {
	return `For each environment: what plays it here, how many tasks its splits have, whether it has a scripted
policy, and what is missing for its real side.

Examples:
  envserver envs
  envserver envs --json
  envserver envs --server http://trainer-3:8000`
}

// Run lists the environments.
func (c *envsCmd) Run(a *app) (err error) {
	r, err := a.reachForList(c.serverFlags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	conn, err := r.dial(a.ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	envs, err := conn.Envs(a.ctx)
	if err != nil {
		return err
	}
	if a.globals.JSON {
		return a.printJSON(map[string]any{"envs": envs})
	}
	return a.printEnvs(envs)
}

// reachForList is reach, but makes no data folder where there is none.
func (a *app) reachForList(f serverFlags) (*reached, error) {
	if _, err := os.Stat(a.globals.Data); err == nil || f.Server != "" {
		return a.reach(f)
	}
	dir, err := os.MkdirTemp("", "envserver-")
	if err != nil {
		return nil, err
	}
	r, err := a.startOwn(f, dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop := r.close
	r.close = func() error { return errors.Join(stop(), os.RemoveAll(dir)) }
	return r, nil
}

func (a *app) printEnvs(envs []wire.EnvInfo) error {
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "ENVIRONMENT\tBACKENDS\tTRAIN\tSEEN\tUNSEEN\tSCRIPTED\tMISSING")
	for _, e := range envs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.Spec.ID, strings.Join(e.Backends, ","),
			tasksIn(e, gym.SplitTrain), tasksIn(e, gym.SplitSeen), tasksIn(e, gym.SplitUnseen), yes(e.Solver), e.Missing)
	}
	return w.Flush()
}

// tasksIn is the size of a split, "?" where its tasks are not counted yet.
func tasksIn(e wire.EnvInfo, s gym.Split) string {
	if len(e.Splits) == 0 {
		return "?"
	}
	return strconv.Itoa(e.Splits[s])
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "-"
}
