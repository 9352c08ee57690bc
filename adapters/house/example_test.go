package house_test

import (
	"context"
	"fmt"

	"dreamgym/adapters/house"
	"dreamgym/envserver/gym"
)

// A task, played by the scripted policy.
func Example() {
	ctx := context.Background()
	r := gym.NewRegistry()
	if err := house.Register(r); err != nil {
		fmt.Println(err)
		return
	}
	reg, err := r.Find("house/clean-and-place-v0")
	if err != nil {
		fmt.Println(err)
		return
	}
	task, err := reg.Tasks.At(ctx, gym.SplitUnseen, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	env, err := reg.Open(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer env.Close()

	ts, err := env.Reset(ctx, gym.ResetOptions{Task: task})
	fmt.Println(task.ID, task.Scene, ts.Observation.Goal)
	for solver := reg.Solver(task); err == nil && !ts.Ended(); {
		fmt.Println(ts.Observation.Text)
		a := solver.Act(ts)
		fmt.Println(">", a)
		ts, err = env.Step(ctx, a)
	}
	fmt.Println(ts.Observation.Text, ts.Reward, ts.Terminated, err)
	// Output:
	// unseen-00001 kitchen-21 put a clean plate in sinkbasin.
	// You are in the middle of a room. Looking quickly around you, you see a cabinet 5, a cabinet 4, a cabinet 3, a cabinet 2, a cabinet 1, a coffeemachine 1, a countertop 3, a countertop 2, a countertop 1, a diningtable 1, a drawer 3, a drawer 2, a drawer 1, a fridge 1, a garbagecan 1, a microwave 1, a shelf 1, a sinkbasin 1, a stoveburner 3, a stoveburner 2, a stoveburner 1, and a toaster 1.
	// > go to diningtable 1
	// You arrive at diningtable 1. On the diningtable 1, you see a bread 1, a knife 2, a ladle 2, and a ladle 1.
	// > go to shelf 1
	// You arrive at shelf 1. On the shelf 1, you see a bowl 2, and a plate 1.
	// > take plate 1 from shelf 1
	// You pick up the plate 1 from the shelf 1.
	// > go to sinkbasin 1
	// You arrive at sinkbasin 1. On the sinkbasin 1, you see a cup 3, a knife 1, and a spoon 2.
	// > clean plate 1 with sinkbasin 1
	// You clean the plate 1 using the sinkbasin 1.
	// > move plate 1 to sinkbasin 1
	// You move the plate 1 to the sinkbasin 1. 1 true <nil>
}
