package miniwob

import (
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
)

func TestConformance(t *testing.T) {
	_, r := testSuite(t, Config{Seeds: 40})
	for _, reg := range r.All() {
		t.Run(reg.Spec.ID, func(t *testing.T) {
			gymtest.Run(t, gymtest.Config{
				Registration: reg,
				Stall:        func(gym.Timestep) gym.Action { return "noop()" },
			})
		})
	}
}
