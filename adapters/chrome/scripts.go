package chrome

import _ "embed"

//go:embed settle.js
var settleScript string

//go:embed animations.js
var animationsScript string

//go:embed onetab.js
var onetabScript string

//go:embed listeners.js
var listenersScript string

//go:embed looks.js
var looksScript string

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
	s := settleScript + animationsScript + onetabScript + listenersScript + framesScript + looksScript + observeScript + handsScript + viewsScript + parkScript
	if !c.RealTime {
		s = clockScript + s
	}
	return s
}
