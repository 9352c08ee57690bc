package ors

import (
	"context"
	"net/http"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// split is one of ours with the type that the standard has for it.
type split struct {
	Name gym.Split `json:"name"`
	Type string    `json:"type"`
}

func allSplits() []split {
	return []split{{gym.SplitTrain, "train"}, {gym.SplitSeen, "validation"}, {gym.SplitUnseen, "test"}}
}

// spec is a task as clients get it and send it back: what is needed to start it, and its goal.
type spec struct {
	ID    string    `json:"id"`
	Split gym.Split `json:"split"`
	Index int       `json:"index"`
	Goal  string    `json:"goal"`
}

func (f *front) splits(w http.ResponseWriter, r request) error {
	t, err := f.target(r, "")
	if err != nil {
		return err
	}
	filled := []split{}
	for _, s := range allSplits() {
		n, err := t.Reg.Tasks.Len(r.Context(), s.Name)
		if err != nil {
			return err
		}
		if n > 0 {
			filled = append(filled, s)
		}
	}
	rest.Write(w, http.StatusOK, filled)
	return nil
}

func (f *front) tasks(w http.ResponseWriter, r request) error {
	var body struct {
		Split string `json:"split"`
	}
	return f.listed(w, r, &body, func(ctx context.Context, t target) (any, error) {
		specs, _, err := list(ctx, t, body.Split, 0, -1)
		return map[string]any{"tasks": specs, "env_name": t.name}, err
	})
}

func (f *front) numTasks(w http.ResponseWriter, r request) error {
	var body struct {
		Split string `json:"split"`
	}
	return f.listed(w, r, &body, func(ctx context.Context, t target) (any, error) {
		_, n, err := list(ctx, t, body.Split, 0, 0)
		return map[string]any{"num_tasks": n, "env_name": t.name}, err
	})
}

func (f *front) task(w http.ResponseWriter, r request) error {
	var body struct {
		Split string `json:"split"`
		Index *int64 `json:"index"`
	}
	return f.listed(w, r, &body, func(ctx context.Context, t target) (any, error) {
		if body.Index == nil {
			return nil, gym.Errorf(gym.CodeInvalidRequest, "field \"index\" is missing")
		}
		from := int(*body.Index)
		specs, n, err := list(ctx, t, body.Split, from, from+1)
		if err != nil {
			return nil, err
		}
		if from < 0 || len(specs) != 1 {
			return nil, gym.Errorf(gym.CodeUnknownTask, "the split has %d tasks: there is no index %d", n, from)
		}
		return map[string]any{"task": specs[0], "env_name": t.name}, nil
	})
}

// taskRange counts as a slice of Python does: from the end where negative, as far as there are
// any.
func (f *front) taskRange(w http.ResponseWriter, r request) error {
	var body struct {
		Split string `json:"split"`
		Start *int64 `json:"start"`
		Stop  *int64 `json:"stop"`
	}
	return f.listed(w, r, &body, func(ctx context.Context, t target) (any, error) {
		_, n, err := list(ctx, t, body.Split, 0, 0)
		if err != nil {
			return nil, err
		}
		specs, _, err := list(ctx, t, body.Split, place(body.Start, 0, n), place(body.Stop, n, n))
		return map[string]any{"tasks": specs, "env_name": t.name}, err
	})
}

// listed reads a body, finds the environment and writes what answer gives.
func (f *front) listed(w http.ResponseWriter, r request, body any, answer func(context.Context, target) (any, error)) error {
	if err := f.read(w, r, body); err != nil {
		return err
	}
	t, err := f.target(r, "")
	if err != nil {
		return err
	}
	v, err := answer(r.Context(), t)
	if err == nil {
		rest.Write(w, http.StatusOK, v)
	}
	return err
}

// list answers the tasks [from, to) of a split, and how many it has.
func list(ctx context.Context, t target, name string, from, to int) ([]spec, int, error) {
	s, err := compat.Split(name)
	if err != nil {
		return nil, 0, err
	}
	tasks, n, err := compat.Tasks(ctx, t.Reg.Tasks, s, from, to)
	specs := make([]spec, len(tasks))
	for i, task := range tasks {
		specs[i] = spec{ID: task.ID, Split: s, Index: max(0, from) + i, Goal: task.Goal}
	}
	return specs, n, err
}

// place is an index of a slice of n: def where it is not given, from the end where negative.
func place(i *int64, def, n int) int {
	if i == nil {
		return def
	}
	at := int(*i)
	if at < 0 {
		at += n
	}
	return min(max(at, 0), n)
}
