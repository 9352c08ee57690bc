package experience

import (
	"fmt"
	"hash/fnv"

	"dreamgym/envserver/gym"
)

// One scene in unseenShare is held out as unseen, and of the episodes in the others one
// in seenShare as seen.
const (
	unseenShare = 5
	seenShare   = 10
)

// Of answers the episodes of a split.
func (r *Recording) Of(s gym.Split) []Episode {
	var of []Episode
	for _, e := range r.Episodes {
		if e.Split == s {
			of = append(of, e)
		}
	}
	return of
}

// Buffer fills a buffer with the training episodes.
func (r *Recording) Buffer() *Buffer {
	b := NewBuffer(0)
	for _, e := range r.Of(gym.SplitTrain) {
		b.Add(e.Steps)
	}
	return b
}

// Steps counts the transitions of each split.
func (r *Recording) Steps() map[gym.Split]int {
	steps := make(map[gym.Split]int)
	for i := range r.Episodes {
		steps[r.Episodes[i].Split] += len(r.Episodes[i].Steps)
	}
	return steps
}

// Describe says what was read and how it is split.
func (r *Recording) Describe() string {
	steps := r.Steps()
	text := fmt.Sprintf("%s: %d episodes; steps: %d train, %d seen, %d unseen", r.Env, len(r.Episodes),
		steps[gym.SplitTrain], steps[gym.SplitSeen], steps[gym.SplitUnseen])
	if r.Hashed {
		text += fmt.Sprintf(". No row names a split: by a hash, one scene in %d is unseen, and of the other scenes' episodes one in %d is seen", unseenShare, seenShare)
	}
	return text
}

// splitByHash gives every episode a split. Scenes that share a task are held out
// together, so that neither is in train. Nothing is held out that would leave train
// empty, nor a scene's only episode as seen.
func splitByHash(all []Episode) {
	groups := groupScenes(all)
	held := func(e *Episode) bool { return hash(groups.root(e.Scene))%unseenShare == 0 }
	inTrain := false
	for i := range all {
		inTrain = inTrain || !held(&all[i])
	}
	trained := make(map[string]bool) // scenes with an episode in train
	for i := range all {
		e := &all[i]
		switch {
		case inTrain && held(e):
			e.Split = gym.SplitUnseen
		case hash(e.ID)%seenShare == 0:
			e.Split = gym.SplitSeen
		default:
			e.Split = gym.SplitTrain
			trained[e.Scene] = true
		}
	}
	for i := range all {
		if e := &all[i]; e.Split == gym.SplitSeen && !trained[e.Scene] {
			e.Split = gym.SplitTrain
			trained[e.Scene] = true
		}
	}
}

// sceneGroups is a forest over scenes; scenes of one tree share tasks.
type sceneGroups map[string]string

// groupScenes joins the scenes in which a task is played.
func groupScenes(all []Episode) sceneGroups {
	groups := make(sceneGroups)
	of := make(map[string]string) // task → a scene of it
	for i := range all {
		scene, task := all[i].Scene, all[i].Task
		if first, known := of[task]; known {
			groups.join(first, scene)
		} else {
			of[task] = scene
		}
	}
	return groups
}

// root is the group's smallest scene by name.
func (g sceneGroups) root(scene string) string {
	for {
		parent, ok := g[scene]
		if !ok {
			return scene
		}
		scene = parent
	}
}

func (g sceneGroups) join(a, b string) {
	a, b = g.root(a), g.root(b)
	if a != b {
		g[max(a, b)] = min(a, b)
	}
}

// hash is stable over versions and machines.
func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return mix(h.Sum64())
}

// mix spreads a hash's bits, so that its remainders are even.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
