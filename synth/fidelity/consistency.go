package fidelity

// Consistency says whether dreams agree with themselves. Shares are nil where nothing
// was to be compared.
type Consistency struct {
	// Views shown again with nothing in between that could have changed them, and the
	// share that were the same.
	Views     int      `json:"views"`
	SameViews *float64 `json:"same_views"`
	// Things listed a second time, and the share that were not also somewhere else.
	Things   int      `json:"things"`
	OnePlace *float64 `json:"one_place"`
}
