package miniwob

import (
	"testing"

	"go.uber.org/goleak"

	"dreamgym/envserver/gym"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testSuite registers every page. The tests need Chrome and the Python package: where
// one is missing they fail with the command that installs it.
func testSuite(t testing.TB, c Config) (*Suite, *gym.Registry) {
	t.Helper()
	if c.Python == "" {
		c.Python = "../../.venv/bin/python"
	}
	r := gym.NewRegistry()
	s, err := Register(r, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.ready(""); err != nil {
		t.Fatal(err)
	}
	return s, r
}
