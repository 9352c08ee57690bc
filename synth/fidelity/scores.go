package fidelity

// Scores say how true a model is on one split. Shares are from 0 to 1, nil where nothing
// was to be measured. All held-out steps count; one that the model refused counts as
// wrong everywhere, and in Coverage.
type Scores struct {
	Steps    int `json:"steps"`
	Episodes int `json:"episodes"`
	// Coverage is the share of steps that were predicted at all.
	Coverage *float64 `json:"coverage"`
	// Exact is the share of next states that are right to the byte; ExactKnowable of
	// those that memory could tell (see the package comment).
	Exact         *float64 `json:"exact"`
	ExactKnowable *float64 `json:"exact_knowable"`
	// StateError is the mean error of the next state's numbers, in units of one step's spread;
	// nil where states are words or whole numbers. A refused step's is that of no change.
	StateError *float64 `json:"state_error"`
	// LineF1 compares the next state's lines; ChangedLineF1 the lines that came or went,
	// over steps where any did or was said to.
	LineF1        *float64 `json:"line_f1"`
	ChangedLineF1 *float64 `json:"changed_line_f1"`
	// Rewards other than train's commonest: how many were told, and how many told are true.
	RewardRecall    *float64 `json:"reward_recall"`
	RewardPrecision *float64 `json:"reward_precision"`
	// Absolute error of the reward, averaged per task: mean and maximum over tasks.
	RewardErrorMean  *float64 `json:"reward_error_mean"`
	RewardErrorMax   *float64 `json:"reward_error_max"`
	EndRecall        *float64 `json:"end_recall"`
	EndPrecision     *float64 `json:"end_precision"`
	InvalidRecall    *float64 `json:"invalid_recall"`
	InvalidPrecision *float64 `json:"invalid_precision"`
	// ActionsF1 compares the list of admissible actions, where it was recorded.
	ActionsF1 *float64 `json:"actions_f1"`
	// Verdicts of freely dreamed episodes, success being positive.
	VerdictAgreement *float64 `json:"verdict_agreement"`
	Verdicts         Verdicts `json:"verdicts"`
	CalibrationError *float64 `json:"calibration_error"`
}

// Verdicts is the confusion matrix of dreamed against real success.
type Verdicts struct {
	TP int `json:"tp"`
	FP int `json:"fp"`
	FN int `json:"fn"`
	TN int `json:"tn"`
}

// metric is one share of Scores, by its JSON name.
type metric struct {
	name string
	of   func(*Scores) *float64
}

// metrics lists the shares in the order in which reports show them.
func metrics() []metric {
	return []metric{
		{"coverage", func(s *Scores) *float64 { return s.Coverage }},
		{"exact", func(s *Scores) *float64 { return s.Exact }},
		{"exact_knowable", func(s *Scores) *float64 { return s.ExactKnowable }},
		{"state_error", func(s *Scores) *float64 { return s.StateError }},
		{"line_f1", func(s *Scores) *float64 { return s.LineF1 }},
		{"changed_line_f1", func(s *Scores) *float64 { return s.ChangedLineF1 }},
		{"reward_recall", func(s *Scores) *float64 { return s.RewardRecall }},
		{"reward_precision", func(s *Scores) *float64 { return s.RewardPrecision }},
		{"reward_error_mean", func(s *Scores) *float64 { return s.RewardErrorMean }},
		{"reward_error_max", func(s *Scores) *float64 { return s.RewardErrorMax }},
		{"end_recall", func(s *Scores) *float64 { return s.EndRecall }},
		{"end_precision", func(s *Scores) *float64 { return s.EndPrecision }},
		{"invalid_recall", func(s *Scores) *float64 { return s.InvalidRecall }},
		{"invalid_precision", func(s *Scores) *float64 { return s.InvalidPrecision }},
		{"actions_f1", func(s *Scores) *float64 { return s.ActionsF1 }},
		{"verdict_agreement", func(s *Scores) *float64 { return s.VerdictAgreement }},
		{"calibration_error", func(s *Scores) *float64 { return s.CalibrationError }},
	}
}
