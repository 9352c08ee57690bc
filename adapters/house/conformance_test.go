package house

import (
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
)

func TestConformance(t *testing.T) {
	r := gym.NewRegistry()
	if err := Register(r); err != nil {
		t.Fatal(err)
	}
	for _, reg := range r.All() {
		t.Run(reg.Spec.ID, func(t *testing.T) { gymtest.Run(t, gymtest.Config{Registration: reg}) })
	}
}
