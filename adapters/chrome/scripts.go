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

//go:embed views.js
var viewsScript string

// pageScript is what every document runs before its own scripts.
func pageScript() string {
	return settleScript + framesScript + observeScript + handsScript + viewsScript + parkScript
}
