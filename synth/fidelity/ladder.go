package fidelity

// Ladder sets the success of policies from random to scripted on the real side beside
// the dream's.
type Ladder struct {
	Rungs     []Rung   `json:"rungs"`
	Spearman  *float64 `json:"spearman"`
	MeanError *float64 `json:"mean_error"`
}

// Rung is one policy's success rate on both sides.
type Rung struct {
	Noise    float64 `json:"noise"`
	Episodes int     `json:"episodes"`
	Real     float64 `json:"real"`
	Dream    float64 `json:"dream"`
	// Refused is the share of the dreamed episodes that ran out of evidence; they count
	// as failed.
	Refused float64 `json:"refused"`
}

// ExploitGap is what a search in the dream gains there and not on the real side.
type ExploitGap struct {
	Method string  `json:"method"`
	Tasks  int     `json:"tasks"`
	Dream  float64 `json:"dream"`
	Real   float64 `json:"real"`
	Gap    float64 `json:"gap"`
}
