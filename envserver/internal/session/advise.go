package session

import (
	"fmt"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// adviser is the scripted policy of a running episode. It is shown every timestep,
// whether or not its advice is taken.
type adviser struct {
	policy gym.Policy
	advice gym.Action
	err    error
}

// newAdviser makes the policy and shows it what happened so far.
func newAdviser(reg gym.Registration, t gym.Task, seen []gym.Timestep) *adviser {
	a := new(adviser)
	a.guard(func() { a.policy = reg.Solver(t) })
	for i := range seen {
		a.see(&seen[i])
	}
	return a
}

// see shows the policy a timestep. A nil adviser sees nothing.
func (a *adviser) see(ts *gym.Timestep) {
	if a == nil || a.err != nil || ts.Ended() {
		return
	}
	a.guard(func() { a.advice = a.policy.Act(*ts) })
}

// guard turns a panic of the policy into its failure.
func (a *adviser) guard(f func()) {
	defer func() {
		if p := recover(); p != nil {
			a.err = &gym.Error{Code: gym.CodeInternal, Msg: "the environment's scripted policy failed", Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	f()
}

// advise answers what the environment's scripted policy would do now.
func (s *Session) advise(t task, r *wire.Reply) (err error, mine bool) {
	p := &s.play
	if p.reg.Solver == nil {
		return gym.Errorf(gym.CodeNotAvailable, "%s has no scripted policy", p.reg.Spec.ID), true
	}
	if err, mine := s.ready(t); err != nil || !mine {
		return err, mine
	}
	if p.adviser == nil {
		seen, err := s.seen()
		if err != nil {
			return err, true
		}
		p.adviser = newAdviser(p.reg, p.task, seen)
	}
	if p.adviser.err != nil {
		return p.adviser.err, true
	}
	r.Advice = new(string(p.adviser.advice))
	return nil, true
}

// seen answers the running episode's timesteps. The newest is at hand; earlier ones are
// read back.
func (s *Session) seen() ([]gym.Timestep, error) {
	p := &s.play
	if p.steps == 1 && len(p.encoded) > 0 {
		ts, err := wire.DecodeTimestep(p.encoded)
		return []gym.Timestep{ts}, err
	}
	e, err := s.m.o.Journal.Running(p.episode)
	if err != nil {
		return nil, err
	}
	all := make([]gym.Timestep, 0, len(e.Steps))
	for _, step := range e.Steps {
		all = append(all, step.Timestep)
	}
	return all, nil
}
