package remote

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
	"dreamgym/fixtures/openenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// registered declares environments, and answers their registrations.
func registered(t *testing.T, declared ...string) []gym.Registration {
	t.Helper()
	var c Config
	for _, d := range declared {
		r, err := Parse(d)
		if err != nil {
			t.Fatal(err)
		}
		c.Envs = append(c.Envs, r)
	}
	r := gym.NewRegistry()
	if err := Register(r, c); err != nil {
		t.Fatal(err)
	}
	var all []gym.Registration
	for _, e := range c.Envs {
		reg, err := r.Find(e.id())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, reg)
	}
	return all
}

// opened is an Env of a registration, for one test.
func opened(t *testing.T, r gym.Registration) gym.Env {
	t.Helper()
	e, err := r.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// task is the i-th of train.
func task(t *testing.T, r gym.Registration, i int) gym.ResetOptions {
	t.Helper()
	one, err := r.Tasks.At(t.Context(), gym.SplitTrain, i)
	if err != nil {
		t.Fatal(err)
	}
	return gym.ResetOptions{Task: one}
}

// TestOpenEnv plays with OpenEnv's own server.
func TestOpenEnv(t *testing.T) {
	url := openenv.Start(t)
	t.Run("conformance", func(t *testing.T) {
		say := registered(t, `{"name": "say", "url": "`+url+`/say", "actions": ["red", "green", "blue"], "rewards": [0, 1], "max_steps": 5, "deterministic": true}`)[0]
		gymtest.Run(t, gymtest.Config{Registration: say, Stall: func(gym.Timestep) gym.Action { return "nothing" }})
		add := registered(t, "add="+url+"/add")[0]
		sum := func(gym.ResetOptions) gym.Policy { return always(`{"left": 1, "right": 2}`) }
		gymtest.Run(t, gymtest.Config{Registration: add, Policy: sum})
	})
	t.Run("episode", func(t *testing.T) { testEpisode(t, url) })
	t.Run("fields", func(t *testing.T) { testFields(t, url) })
	t.Run("capacity", func(t *testing.T) { testCapacity(t, url) })
}

// always says one action.
type always gym.Action

func (a always) Act(gym.Timestep) gym.Action { return gym.Action(a) }

func testEpisode(t *testing.T, url string) {
	r := registered(t, `{"name": "say-v3", "url": "`+url+`/say/", "reset": {"greeting": "Please say"}}`)[0]
	if r.Spec.ID != "remote/say-v3" || r.Ready() != nil {
		t.Fatalf("%+v, %v", r.Spec, r.Ready())
	}
	e := opened(t, r)
	ts, err := e.Reset(t.Context(), task(t, r, 1))
	if err != nil || ts.Observation.Text != "Please say green." || ts.Reward != 0 || ts.Info[gym.InfoSeedHonoured] != false {
		t.Fatalf("%+v, %v", ts, err)
	}
	ts, err = e.Step(t.Context(), "pink")
	tries := ts.Info["metadata"].(map[string]any)["tries"]
	if err != nil || ts.Reward != 0 || ts.Ended() || ts.Observation.Text != "You said pink." || tries != int64(1) || ts.Info[InfoRewardMissing] != nil {
		t.Errorf("%+v, %v", ts, err)
	}
	if ts, err = e.Step(t.Context(), "green"); err != nil || ts.Reward != 1 || !ts.Terminated || ts.Truncated {
		t.Errorf("%+v, %v", ts, err)
	}
	if _, err := e.Reset(t.Context(), task(t, r, 2)); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if ts, err = e.Step(t.Context(), "pink"); err != nil {
			t.Fatal(err)
		}
	}
	if ts.Terminated || !ts.Truncated || ts.Info[gym.InfoStop] != gym.StopStepLimit {
		t.Errorf("the server's metadata says truncated: %+v", ts)
	}
}

func testFields(t *testing.T, url string) {
	r := registered(t, "add="+url+"/add")[0]
	e := opened(t, r)
	if _, err := e.Reset(t.Context(), task(t, r, 0)); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []gym.Action{"seven", "7", `{"left": 1}`, `{"left": 1, "right": "x"}`, `{"left": 1, "right": 2} x`} {
		if _, err := e.Step(t.Context(), wrong); gym.CodeOf(err) != gym.CodeInvalidAction {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	ts, err := e.Step(t.Context(), `{"left": 1, "right": 2}`)
	want := "{\n  \"history\": [\n    3\n  ],\n  \"total\": 3\n}"
	if err != nil || ts.Observation.Text != want || ts.Reward != 0 || ts.Info[InfoRewardMissing] != true {
		t.Errorf("%+v, %v", ts, err)
	}
	if _, err := e.Step(t.Context(), `{"left": -1, "right": 2}`); gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("an exception there: %v", err)
	}
	if _, err := e.Step(t.Context(), `{"left": 1, "right": 2}`); gym.CodeOf(err) != gym.CodeResetRequired {
		t.Errorf("after a crash: %v", err)
	}
}

// testCapacity meets a server that has no room, and finds it again when it has.
func testCapacity(t *testing.T, url string) {
	r := registered(t, "one="+url+"/one")[0]
	first, second := opened(t, r), opened(t, r)
	reset := func(e gym.Env) (err error) { // the session before may not be over yet
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
			if _, err = e.Reset(t.Context(), task(t, r, 0)); gym.CodeOf(err) != gym.CodeCapacityReached {
				return err
			}
		}
		return err
	}
	if err := reset(first); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Reset(t.Context(), task(t, r, 0)); gym.CodeOf(err) != gym.CodeCapacityReached {
		t.Errorf("%v", err)
	}
	first.Close()
	if err := reset(second); err != nil {
		t.Error(err)
	}
}
