package nemogym

import (
	"net/http"
	"strconv"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// mostRows is how many rows are given where no limit is.
const mostRows = 1000

// rows answers a dataset, a line of JSON a task: what an agent is started with. Its parameters
// are split, from, limit, and style: gymnasium, or standard with tools.
func (f *front) rows(w http.ResponseWriter, r request) error {
	split, from, to, standard := gym.SplitTrain, 0, mostRows, false
	for name, values := range r.URL.Query() {
		var err error
		switch v := values[0]; name {
		case "split":
			split = gym.Split(v)
		case "from":
			from, err = strconv.Atoi(v)
		case "limit":
			to, err = strconv.Atoi(v)
		case "style":
			if standard = v == "standard"; !standard && v != "gymnasium" {
				err = strconv.ErrSyntax
			}
		default:
			err = strconv.ErrSyntax
		}
		if err != nil || from < 0 || to < 0 || !split.Valid() {
			return gym.Errorf(gym.CodeInvalidRequest, "parameter %q: there are split (train, seen, unseen), from, limit and style (gymnasium, standard)", gym.Clip(name))
		}
	}
	tasks, _, err := compat.Tasks(r.Context(), r.target.Reg.Tasks, split, from, from+to)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/jsonl")
	for _, t := range tasks {
		line, err := rest.Encode(datum(r.target.Reg.Spec, t, standard))
		if err != nil {
			return err
		}
		w.Write(append(line, '\n')) // who asked may be gone
	}
	return nil
}

// datum is a task's row.
func datum(s gym.Spec, t gym.Task, standard bool) map[string]any {
	how := "Your whole answer is one action."
	params := map[string]any{}
	if standard {
		how = "Call " + toolObserve + " first, then " + toolAct + ", one action at a time, until it answers that the episode is done."
		params["tools"], params["parallel_tool_calls"] = toolSpecs(s), false
	}
	params["input"] = []map[string]string{{"role": "user", "content": "You act in " + s.Description + ". " + compat.Wording(s) + " " + how}}
	return map[string]any{"responses_create_params": params, "task": t.ID, "split": t.Split}
}

// toolSpecs are the tools as a model's request has them.
func toolSpecs(s gym.Spec) []map[string]any {
	tool := func(name, description string, properties map[string]any, required ...string) map[string]any {
		return map[string]any{
			"type": "function", "name": name, "description": description, "strict": true,
			"parameters": map[string]any{"type": "object", "properties": properties, "required": append([]string{}, required...), "additionalProperties": false},
		}
	}
	return []map[string]any{
		tool(toolAct, "Acts, and answers what is observed then.", map[string]any{"action": map[string]any{"type": "string", "description": compat.Wording(s)}}, "action"),
		tool(toolObserve, "Answers the goal and the newest observation.", map[string]any{}),
	}
}
