package fidelity

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/baseline"
)

func f(v float64) *float64 { return &v }

var approximately = cmpopts.EquateApprox(0, 1e-9)

// Every figure of an episode that is small enough to be worked out by hand.
func TestScoresByHand(t *testing.T) {
	both := []string{"press", "finish"}
	train := []experience.Episode{recorded("tr", "s", gym.SplitTrain, "off",
		taken{both, "press", "on", 0, false}, taken{both, "press", "off", 0, false}, taken{both, "finish", "won", 1, true})}
	held := []experience.Episode{recorded("h", "s", gym.SplitSeen, "off",
		taken{both, "press", "on", 0, false},
		taken{both, "jump", nothing, 0, false},
		taken{both, "press", "off", 0, false},
		taken{both, "finish", "won", 1, true})}
	m := scripted{"task-h": {
		{Next: gym.Observation{Text: "on", Actions: []string{"press"}}, Confidence: 0.9},
		{Next: gym.Observation{Text: "Nope"}, Invalid: true, Confidence: 0.1},
		nil,
		{Next: gym.Observation{Text: "won\nextra"}, Reward: 1, Confidence: 0.5},
	}}
	r := measure(t, Data{Train: train, Seen: held}, Options{Models: []model.Model{m}, Resamples: -1})
	want := Scores{
		Steps: 4, Episodes: 1,
		Coverage: f(0.75), Exact: f(0.25), ExactKnowable: f(0.25),
		LineF1:        f((1 + 0 + 0 + 2.0/3) / 4),
		ChangedLineF1: f((1 + 0 + 0 + 2.0/3) / 4),
		RewardRecall:  f(1), RewardPrecision: f(1),
		RewardErrorMean: f(0.25), RewardErrorMax: f(0.25), // the refused step errs by the spread
		EndRecall: f(0), EndPrecision: nil,
		InvalidRecall: f(1), InvalidPrecision: f(1),
		ActionsF1:        f((2.0/3 + 0 + 0) / 3),
		VerdictAgreement: f(0), Verdicts: Verdicts{FN: 1},
		CalibrationError: f((0.1 + 0.1 + 0.5) / 3),
	}
	got := r.Models["scripted"]["seen"]
	got.ExactKnowable = f(0.25) // what is knowable has a test of its own
	if diff := cmp.Diff(want, got, approximately); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
	if _, there := r.Models["scripted"]["unseen"]; there {
		t.Error("there are scores of unseen, and no unseen episode")
	}
}

func TestOracleIsPerfect(t *testing.T) {
	d := testData()
	r := measure(t, d, Options{Models: []model.Model{oracle(d.Seen, d.Unseen)}})
	for split, s := range r.Models["scripted"] {
		for _, m := range metrics() {
			want := 1.0
			if strings.Contains(m.name, "error") {
				want = 0
			}
			if got := m.of(&s); got != nil && *got != want {
				t.Errorf("%s, %s: %v, want %v", split, m.name, *got, want)
			}
		}
	}
	seen := r.Models["scripted"]["seen"]
	if seen.Steps != 6 || seen.Verdicts != (Verdicts{TP: 1, TN: 1}) || seen.InvalidRecall == nil || seen.ActionsF1 == nil {
		t.Errorf("seen: %+v", seen)
	}
}

func TestBaselinesScoreWhatTheyShould(t *testing.T) {
	r := measure(t, testData(), Options{Models: baseline.All(), Resamples: 20})
	for _, name := range []string{"no_change", "common_reward"} {
		s := r.Models[name]["seen"]
		if *s.RewardRecall != 0 || s.RewardPrecision != nil || *s.EndRecall != 0 || *s.Exact != 0 || s.Verdicts != (Verdicts{FN: 1, TN: 1}) {
			t.Errorf("%s: %+v", name, s)
		}
		if *s.RewardErrorMean != 0.1 || *s.RewardErrorMax != 0.2 { // tasks of 5 steps with one miss, and of one with none
			t.Errorf("%s: reward errors %v and %v", name, *s.RewardErrorMean, *s.RewardErrorMax)
		}
	}
	s := r.Models["nearest"]["seen"]
	if *s.RewardRecall != 1 || *s.EndRecall != 1 || *s.Exact < 0.5 || s.Verdicts != (Verdicts{TP: 1, TN: 1}) {
		t.Errorf("nearest: %+v", s)
	}
	if r.Buffer != 48 || len(r.ByBuffer) != 1 || r.ByBuffer[0].Buffer != 48 {
		t.Errorf("buffer %d, %d sizes", r.Buffer, len(r.ByBuffer))
	}
	if i := r.Intervals["nearest"]["seen"]["exact"]; i[0] > *s.Exact || i[1] < *s.Exact {
		t.Errorf("exact %v is not in its interval %v", *s.Exact, i)
	}
	if e := r.ByEvidence["nearest"]; e["seen"]["elsewhere"].Steps != 0 || e["unseen"]["elsewhere"].Steps != 1 || e["seen"]["same"].Steps == 0 {
		t.Errorf("by evidence: %+v", e)
	}
	if c := r.SelfConsistency["no_change"]["seen"]; c.SameViews != nil && *c.SameViews != 1 {
		t.Errorf("a state that never changes: %+v", c)
	}
}

// The same data and seed give the same report, whatever runs beside.
func TestMeasureIsDeterministic(t *testing.T) {
	var first []byte
	for _, workers := range []int{1, 4} {
		b, err := json.Marshal(measure(t, testData(), Options{Models: baseline.All(), Workers: workers, Seed: 3}))
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, b) {
			t.Errorf("reports differ:\n%s\n%s", first, b)
		}
		first = b
	}
}

func TestRefusedTaskIsWrongEverywhere(t *testing.T) {
	r := measure(t, testData(), Options{Models: []model.Model{scripted{}}})
	s := r.Models["scripted"]["seen"]
	if *s.Coverage != 0 || *s.Exact != 0 || *s.LineF1 != 0 || *s.RewardRecall != 0 || *s.VerdictAgreement != 0 || *s.RewardErrorMean != 1 || s.CalibrationError != nil {
		t.Errorf("scores: %+v", s)
	}
	if s.Verdicts != (Verdicts{FP: 1, FN: 1}) {
		t.Errorf("verdicts: %+v", s.Verdicts)
	}
}

func TestSizes(t *testing.T) {
	r := measure(t, testData(), Options{Models: baseline.All()[:1], Sizes: []int{20, 10, 1000}, Resamples: -1})
	var sizes, seen []int
	for _, level := range r.ByBuffer {
		sizes, seen = append(sizes, level.Buffer), append(seen, level.Models["nearest"]["seen"].Episodes)
	}
	if diff := cmp.Diff([]int{16, 24, 48}, sizes); diff != "" { // cut between episodes of 8 steps
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 2, 2}, seen); diff != "" {
		t.Errorf("seen episodes (-want +got):\n%s", diff)
	}
	if got := ladderOfSizes(10_000); !cmp.Equal(got, []int{300, 1000, 3300}) {
		t.Errorf("ladderOfSizes = %v", got)
	}
}

func TestNoTrainingEpisodes(t *testing.T) {
	_, err := Measure(t.Context(), Data{}, Options{Models: baseline.All()})
	if gym.CodeOf(err) != gym.CodeInsufficientEvidence {
		t.Errorf("Measure = %v, want %s", err, gym.CodeInsufficientEvidence)
	}
}

func TestReportForms(t *testing.T) {
	models := baseline.All()
	r := measure(t, testData(), Options{Models: models, Sizes: []int{16}})
	r.Ladder = map[string]Ladder{"seen": {Rungs: []Rung{{Noise: 1, Real: 0.1, Dream: 0.2}, {Real: 1, Dream: 0.9}}, Spearman: f(1), MeanError: f(0.1)}}
	r.Chance["nearest"]["seen"] = Chance{Kinds: 2, Steps: 14, TotalVariation: f(0.25), TotalVariationFloor: f(0.1), LogScore: f(-1.5), LogScoreRecorded: f(-0.5)}
	var table bytes.Buffer
	if err := r.WriteTable(&table, Names(models)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"exact_knowable", "nearest", "seen: 2 episodes, 6 steps", "verdicts tp/fp/fn/tn", "self-consistency", "Spearman 100.0", "elsewhere", "total variation", "-1.50"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	files, err := r.WritePlots(t.TempDir(), Names(models))
	if err != nil || len(files) != 6 {
		t.Fatalf("WritePlots = %v, %v; want three plots in two formats", files, err)
	}
	for _, file := range files {
		head := make([]byte, 8)
		if b, err := os.ReadFile(file); err != nil || copy(head, b) < 8 {
			t.Errorf("%s: %v", file, err)
		}
		if png := bytes.HasPrefix(head, []byte("\x89PNG")); png != (filepath.Ext(file) == ".png") {
			t.Errorf("%s begins with %q", file, head)
		}
	}
}

// The names of the figures are what scripts rely on.
func TestJSONNames(t *testing.T) {
	b, err := json.Marshal(measure(t, testData(), Options{Models: baseline.All()}))
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Buffer *int                                 `json:"buffer"`
		Models map[string]map[string]map[string]any `json:"models"`
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(`steps episodes coverage exact exact_knowable line_f1 changed_line_f1 reward_recall reward_precision
		reward_error_mean reward_error_max end_recall end_precision invalid_recall invalid_precision actions_f1 verdict_agreement verdicts calibration_error`) {
		if _, there := r.Models["no_change"]["seen"][name]; !there {
			t.Errorf("the scores lack %s", name)
		}
	}
	for _, name := range strings.Fields("by_buffer intervals by_evidence ladder self_consistency exploit_gap chance total_variation total_variation_floor log_score log_score_recorded") {
		if !bytes.Contains(b, []byte(`"`+name+`":`)) {
			t.Errorf("the report lacks %s", name)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	tests := []struct {
		kind Kind
		says string
		want int
	}{
		{KindAny, "truth:", 3}, {KindKnowable, "truth:", 3}, {KindReward, "truth:", 1}, {KindEnd, "truth:", 1},
		{KindActions, "truth:", 0}, {KindVerdict, "really won: true", 1}, {KindConsistency, "go to", 0},
	}
	for _, test := range tests {
		var out bytes.Buffer
		if err := WriteErrors(t.Context(), &out, testData(), baseline.NoChange(), Show{gym.SplitSeen, test.kind, 3}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), test.says); n != test.want {
			t.Errorf("%s: %d times %q, want %d:\n%s", test.kind, n, test.says, test.want, out.String())
		}
	}
}
