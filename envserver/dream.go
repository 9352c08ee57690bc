package main

import (
	"dreamgym/synth/dream"
	"dreamgym/synth/model/analogy"
)

// newDreamer makes what dreams environments, from the buffers of the feed, with the
// experience model of a name.
func newDreamer(f *feed, model string) *dream.Dreamer {
	return &dream.Dreamer{Model: analogy.New(), Buffer: f.buffer}
}
