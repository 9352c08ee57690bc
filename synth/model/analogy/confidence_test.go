package analogy_test

import (
	"fmt"
	"math"
	"testing"

	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/analogy/testdata/invented"
)

// In halls that were never recorded less is right, and that is said, however few the
// recorded halls are.
func TestConfidenceInStrangeScenes(t *testing.T) {
	for _, halls := range []int{2, 4} {
		t.Run(fmt.Sprint(halls, " halls"), func(t *testing.T) {
			r, m := record(invented.Workshop(halls, 5, 3), 90, 12, spare()...), analogy.New()
			seen, unseen := r.score(t, m, r.seen), r.score(t, m, r.unseen)
			for what, s := range map[string]*score{"recorded halls": seen, "strange halls": unseen} {
				if d := math.Abs(s.meanConfidence() - s.accuracy()); d > 0.08 {
					t.Errorf("%s: mean confidence %.3f is %.3f off the accuracy %.3f", what, s.meanConfidence(), d, s.accuracy())
				}
			}
		})
	}
}

// One scene tells nothing about others: there the confidence is a half of what it is here.
func TestConfidenceOfOneScene(t *testing.T) {
	r, m := record(invented.Workshop(1, 5, 2), 60, 10, spare()...), analogy.New()
	seen, unseen := r.score(t, m, r.seen), r.score(t, m, r.unseen)
	if unseen.meanConfidence() > 0.6*seen.meanConfidence() {
		t.Errorf("mean confidence is %.3f in the recorded hall and %.3f elsewhere", seen.meanConfidence(), unseen.meanConfidence())
	}
}
