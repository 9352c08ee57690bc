package chrome

import _ "embed"

//go:embed settle.js
var settleScript string

//go:embed observe.js
var observeScript string

//go:embed park.js
var parkScript string
