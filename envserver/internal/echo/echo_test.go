package echo_test

import (
	"testing"

	"go.uber.org/goleak"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
	"dreamgym/envserver/internal/echo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	r := gym.NewRegistry()
	if err := echo.Register(r); err != nil {
		t.Fatal(err)
	}
	gymtest.Run(t, gymtest.Config{
		Registration: r.All()[0],
		Policy:       func(gym.ResetOptions) gym.Policy { return gymtest.Tape([]gym.Action{"one", "two", "three"}) },
		Count:        1,
	})
}
