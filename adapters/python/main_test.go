package python

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"dreamgym/envserver/gym"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// interpreter is the one of the virtual environment, where there is one.
func interpreter() string {
	const venv = "../../.venv/bin/python"
	if _, err := os.Stat(venv); err == nil {
		return venv
	}
	return ""
}

// hosted registers environments, and wants them to be there.
func hosted(t *testing.T, c Config, declared ...string) []gym.Registration {
	t.Helper()
	c.Interpreter = interpreter()
	for _, d := range declared {
		h, err := Parse(d)
		if err != nil {
			t.Fatal(err)
		}
		c.Envs = append(c.Envs, h)
	}
	r := gym.NewRegistry()
	s, err := Register(r, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var all []gym.Registration
	for _, h := range c.Envs {
		reg, err := r.Find(h.id())
		if err == nil {
			err = reg.Ready()
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, reg)
	}
	return all
}
