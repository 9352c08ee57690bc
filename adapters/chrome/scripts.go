package chrome

import _ "embed"

//go:embed settle.js
var settleScript string

//go:embed observe.js
var observeScript string

//go:embed hands.js
var handsScript string

//go:embed frames.js
var framesScript string

//go:embed park.js
var parkScript string

//go:embed clock.js
var clockScript string

//go:embed views.js
var viewsScript string

// script is what every document runs before its own scripts.
func (c Config) script() string {
	s := settleScript + framesScript + observeScript + handsScript + viewsScript + parkScript
	if !c.RealTime {
		s = clockScript + s
	}
	return s
}
