package exchange

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
)

// dataFolder has a dataset's files, as the Hugging Face Hub has them.
const dataFolder = "data"

func shardName(s gym.Split, number int) string { return fmt.Sprintf("%s-%05d.parquet", s, number) }

// card gathers what a dataset's README.md tells.
type card struct {
	envs, sources   map[string]int // steps
	episodes, steps map[gym.Split]int
}

func newCard() card {
	return card{map[string]int{}, map[string]int{}, map[gym.Split]int{}, map[gym.Split]int{}}
}

func (c *card) add(e *Episode) {
	c.envs[e.Env] += len(e.Steps)
	c.sources[e.Source] += len(e.Steps)
	c.episodes[e.Split]++
	c.steps[e.Split] += len(e.Steps)
}

// text is the card: in its front matter, which files are which split; then what is in them.
func (c *card) text() []byte {
	var b strings.Builder
	b.WriteString("---\nconfigs:\n- config_name: default\n  data_files:\n")
	for _, split := range gym.Splits() {
		if c.steps[split] > 0 {
			fmt.Fprintf(&b, "  - split: %s\n    path: %s/%s-*.parquet\n", split, dataFolder, split)
		}
	}
	b.WriteString("tags:\n- reinforcement-learning\n- dreamgym\n---\n\n# Recorded steps\n\n")
	fmt.Fprintf(&b, "Environment: %s. Played by: %s.\n\n| split | episodes | steps |\n|---|---|---|\n", counted(c.envs), counted(c.sources))
	for _, split := range gym.Splits() {
		if c.steps[split] > 0 {
			fmt.Fprintf(&b, "| %s | %d | %d |\n", split, c.episodes[split], c.steps[split])
		}
	}
	b.WriteString(columnsText)
	return []byte(b.String())
}

func counted(steps map[string]int) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		all = append(all, fmt.Sprintf("%s (%d steps)", name, steps[name]))
	}
	return strings.Join(all, ", ")
}

const columnsText = `
A row is a step; the rows of an episode follow each other.

| column | |
|---|---|
| schema_version | of the columns up to actions: 1 |
| env, split, task, scene, episode | what was played; they stay the same in an episode |
| step | from 0 |
| goal | what was to be done |
| state, action, next_state | what was seen, what was done, and what was seen then |
| reward | of the step |
| terminated, truncated | the task ended; the recording was cut off |
| actions | admissible in state; null where they were not listed |
| reasoning | why the step came out so; null where nothing says |
| source | what played: real, dream, replay, or import |
| model | who dreamed; null where nobody did |
| created_at | when the episode began; null where that is not known |

` + "```python\nfrom datasets import load_dataset\n\nsteps = load_dataset(\"this folder\")\n```\n"
