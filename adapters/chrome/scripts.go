package chrome

import _ "embed"

//go:embed settle.js
var settleScript string

//go:embed observe.js
var observeScript string

//go:embed park.js
var parkScript string

//go:embed clock.js
var clockScript string

// script runs in every document before its own.
func (c Config) script() string {
	s := settleScript + observeScript + parkScript
	if !c.RealTime {
		s = clockScript + s
	}
	return s
}
