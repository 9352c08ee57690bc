package house

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"dreamgym/envserver/gym"
)

// every answers all tasks of a split.
func every(t testing.TB, reg gym.Registration, split gym.Split) []gym.Task {
	t.Helper()
	n, err := reg.Tasks.Len(t.Context(), split)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]gym.Task, n)
	for i := range all {
		if all[i], err = reg.Tasks.At(t.Context(), split, i); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestSplits(t *testing.T) {
	reg := registration(t, "house/any-v0")
	for _, tt := range []struct {
		split             gym.Split
		tasks, most, need int // need: of scenes
	}{{gym.SplitTrain, 3000, 4000, 30}, {gym.SplitSeen, 140, 140, 30}, {gym.SplitUnseen, 134, 134, 10}} {
		all := every(t, reg, tt.split)
		scenes, goals, families := map[string]bool{}, map[string]bool{}, map[family]int{}
		for _, task := range all {
			scenes[task.Scene] = true
			goals[task.Scene+" "+task.Params[paramFamily]+" "+task.Params[paramThing]+" "+task.Params[paramTarget]] = true
			families[goalOf(task).family]++
		}
		if len(all) < tt.tasks || len(all) > tt.most || len(scenes) < tt.need || len(families) != len(quotas()) {
			t.Errorf("%s: %d tasks of %v in %d scenes", tt.split, len(all), families, len(scenes))
		}
		if len(goals) != len(all) {
			t.Errorf("%s: %d tasks have %d goals", tt.split, len(all), len(goals))
		}
	}
}

// TestSeenGoalsAreNotTrained wants no seen task to be a train task in other words.
func TestSeenGoalsAreNotTrained(t *testing.T) {
	reg := registration(t, "house/any-v0")
	type key struct {
		scene string
		goal  goal
	}
	trained := make(map[key]bool)
	for _, task := range every(t, reg, gym.SplitTrain) {
		trained[key{task.Scene, goalOf(task)}] = true
	}
	for _, task := range every(t, reg, gym.SplitSeen) {
		if trained[key{task.Scene, goalOf(task)}] {
			t.Errorf("%s: %q in %s is trained", task.ID, task.Goal, task.Scene)
		}
	}
}

// TestFamiliesShareIDs finds every family's tasks in the set of all.
func TestFamiliesShareIDs(t *testing.T) {
	r := gym.NewRegistry()
	if err := Register(r); err != nil {
		t.Fatal(err)
	}
	whole, err := r.Find("house/any-v0")
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[gym.Split]int)
	for _, v := range variants()[:6] {
		reg, err := r.Find(v.id())
		if err != nil {
			t.Fatal(err)
		}
		for _, split := range gym.Splits() {
			for _, task := range every(t, reg, split) {
				counts[split]++
				if same, err := whole.Tasks.Find(t.Context(), task.ID); err != nil || same.Goal != task.Goal || same.Scene != task.Scene {
					t.Fatalf("%s of %s: %q, %v", task.ID, v.id(), same.Goal, err)
				}
				if goalOf(task).family != v.family {
					t.Fatalf("%s has a task of %s", v.id(), goalOf(task).family)
				}
			}
		}
	}
	for split, n := range counts {
		if all := len(every(t, whole, split)); n != all {
			t.Errorf("%s: the families have %d tasks, the set of all %d", split, n, all)
		}
	}
}

// TestWorldIsPinned fails when scenes or tasks are no longer those of earlier versions:
// recordings then would lie about them, and the environments need a new version.
func TestWorldIsPinned(t *testing.T) {
	reg := registration(t, "house/any-v0")
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, split := range gym.Splits() {
		if err := enc.Encode(every(t, reg, split)); err != nil {
			t.Fatal(err)
		}
	}
	w, _ := newWorld()
	for _, l := range layouts() {
		for n := 1; n <= l.trained+l.other; n++ {
			s := newScene(l.room, n, w.places, w.things)
			for _, p := range s.places {
				h.Write([]byte(p.name))
			}
			for _, t := range s.things {
				h.Write([]byte(t.name + s.places[t.home].name))
			}
		}
	}
	const want = "e13fd2106f5a5242b351aacf74db997c8ea6796ecf397830a43356b3b23ec2a4"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the digest is %s, want %s", got, want)
	}
}

func TestResetRefusesWhatItCannotPlay(t *testing.T) {
	reg := registration(t, "house/any-v0")
	good, err := reg.Tasks.Find(t.Context(), "train-00012")
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*gym.Task){
		"nothing":         func(task *gym.Task) { *task = gym.Task{} },
		"another scene":   func(task *gym.Task) { task.Scene = "attic-1" },
		"no params":       func(task *gym.Task) { task.Params = nil },
		"another family":  func(task *gym.Task) { task.Params[paramFamily] = "burn" },
		"another object":  func(task *gym.Task) { task.Params[paramThing] = "piano" },
		"another target":  func(task *gym.Task) { task.Params[paramTarget] = "moon" },
		"a lamp to carry": func(task *gym.Task) { task.Params[paramThing] = lampKind },
	} {
		task := good
		task.Params = map[string]string{}
		for k, v := range good.Params {
			task.Params[k] = v
		}
		spoil(&task)
		e, err := reg.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Reset(t.Context(), gym.ResetOptions{Task: task}); gym.CodeOf(err) != gym.CodeUnknownTask {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := e.Step(t.Context(), "look"); gym.CodeOf(err) != gym.CodeResetRequired {
			t.Errorf("%s: a step after the refused reset: %v", name, err)
		}
	}
}

func TestRegisterTwice(t *testing.T) {
	r := gym.NewRegistry()
	if err := Register(r); err != nil {
		t.Fatal(err)
	}
	if err := Register(r); err == nil {
		t.Error("ids that are taken were registered again")
	}
	for _, reg := range r.All() {
		if reg.Spec.Buffer() != "house" {
			t.Errorf("%s has the buffer %q", reg.Spec.ID, reg.Spec.Buffer())
		}
	}
}

func TestOpenInAContextThatIsOver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := registration(t, "house/any-v0").Open(ctx); gym.CodeOf(err) != gym.CodeCanceled {
		t.Errorf("got %v", err)
	}
}
