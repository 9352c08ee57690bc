// Package rollout plays episodes through a server with policies that need no training:
// for recording, and for comparing backends.
package rollout

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"dreamgym/clients/go"
	"dreamgym/envserver/gym"
)

// Policy is a policy by name: "random", "scripted", or "noisy:0.3", which is scripted
// but for a share of random actions.
type Policy struct {
	Name string
	// Noise is the share of random actions: 1 for random, 0 for scripted.
	Noise float64
}

// stray is the share of a recording's random actions that are taken from what was
// admissible earlier in the episode: so that what is refused gets recorded too.
const stray = 0.15

// noise is that of "noisy" without a share.
const noise = 0.3

// ParsePolicy reads the name of a policy.
func ParsePolicy(s string) (Policy, error) {
	name, share, given := strings.Cut(s, ":")
	switch {
	case s == "random":
		return Policy{s, 1}, nil
	case s == "scripted":
		return Policy{s, 0}, nil
	case s == "noisy":
		return Policy{s, noise}, nil
	case name == "noisy" && given:
		n, err := strconv.ParseFloat(share, 64)
		if err == nil && n >= 0 && n <= 1 {
			return Policy{s, n}, nil
		}
	}
	return Policy{}, gym.Errorf(gym.CodeInvalidConfig, "%q is not a policy: use random, scripted, noisy or noisy:SHARE", s)
}

// ParsePolicies reads several, or fails with every fault.
func ParsePolicies(names []string) ([]Policy, error) {
	all := make([]Policy, 0, len(names))
	for _, n := range names {
		p, err := ParsePolicy(n)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// act chooses the action after ts; earlier are actions that may be refused now. It
// answers "" when the scripted policy has no more to say and there is nothing to choose from.
func (p Policy) act(ctx context.Context, s *client.Session, ts *gym.Timestep, r *rand.Rand, earlier []string) (gym.Action, error) {
	actions := ts.Observation.Actions
	random := r.Float64() < p.Noise
	if random && len(earlier) > 0 && r.Float64() < stray {
		return gym.Action(earlier[r.IntN(len(earlier))]), nil
	}
	if random && len(actions) > 0 {
		return gym.Action(actions[r.IntN(len(actions))]), nil
	}
	if random && s.Spec.Spaces != nil {
		if a := draw(&s.Spec.Spaces.Action, r); a != "" {
			return a, nil
		}
	}
	if p.Noise == 1 && s.Spec.ListsActions {
		return "", nil
	}
	if p.Noise == 1 {
		return "", gym.Errorf(gym.CodeNotAvailable, "%s neither lists its actions nor tells their space: a random policy has nothing to choose from", s.Spec.ID)
	}
	a, err := s.Advise(ctx)
	if err != nil || a != "" || len(actions) == 0 || p.Noise == 0 {
		return a, err
	}
	return gym.Action(actions[r.IntN(len(actions))]), nil
}

// stream answers the random numbers of one episode: the same for the same policy and
// seed, whatever backend plays it and whatever is played beside it.
func (p Policy) stream(seed int64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), math.Float64bits(p.Noise)))
}

// String names the policy.
func (p Policy) String() string { return p.Name }

var _ fmt.Stringer = Policy{}
