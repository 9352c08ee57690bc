package ors

import (
	"net/http"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// toolName is the one tool's, and toolField its one argument's. Both are identifiers of Python,
// for trainers make methods of them.
const (
	toolName  = "act"
	toolField = "action"
)

type tool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	InputSchema any    `json:"input_schema"`
}

// toolList is what tools and task_tools answer.
type toolList struct {
	Tools []tool `json:"tools"`
}

func toolsOf(s gym.Spec) toolList {
	return toolList{[]tool{{
		Name:        toolName,
		Description: "Acts in the environment " + s.ID + " (" + s.Description + ") and answers what is observed then.",
		InputSchema: map[string]any{
			"type": "object",
			"properties": map[string]any{
				toolField: map[string]any{"type": "string", "description": compat.Wording(s)},
			},
			"required":             []string{toolField},
			"additionalProperties": false,
		},
	}}}
}

func (f *front) tools(w http.ResponseWriter, r request) error {
	t, err := f.target(r, "")
	if err != nil {
		return err
	}
	rest.Write(w, http.StatusOK, toolsOf(t.Reg.Spec))
	return nil
}

func (f *front) taskTools(w http.ResponseWriter, r request) error {
	s, err := f.opened(r)
	if err != nil {
		return err
	}
	rest.Write(w, http.StatusOK, toolsOf(s.lease.Reg.Spec))
	return nil
}
