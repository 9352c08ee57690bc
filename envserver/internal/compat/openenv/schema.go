package openenv

import (
	"net/http"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// doc is a part of a JSON Schema, or of an OpenAPI document.
type doc = map[string]any

// typed is a schema of values of one of some types.
func typed(about string, types ...string) doc {
	d := doc{"description": about, "type": types}
	if len(types) == 1 {
		d["type"] = types[0]
	}
	return d
}

// closed is a schema of an object that has these members, and needs some of them.
func closed(title string, members doc, required ...string) doc {
	d := doc{"title": title, "type": "object", "properties": members, "additionalProperties": false}
	if len(required) > 0 {
		d["required"] = required
	}
	return d
}

// actionSchema has one required field, so that clients may send what a language model says as
// it stands. An action that is sent as a step may bear metadata.
func actionSchema(spec *gym.Spec, metadata bool) doc {
	members := doc{"action": typed(compat.Wording(*spec), "string")}
	if metadata {
		members["metadata"] = typed("For nobody here.", "object", "null")
	}
	if spec.Browser {
		members["action_str"] = typed("Another name of action, instead of it.", "string")
	}
	return closed("EnvironmentAction", members, "action")
}

// resetSchema is what a reset takes.
func resetSchema() doc {
	return closed("ResetArguments", doc{
		"seed":       typed("Decides all that the task leaves open. 2^53-1 at the most.", "integer", "null"),
		"episode_id": typed("A name for the episode; for the backend replay, the recorded episode.", "string", "null"),
		"split":      typed("train, seen (validation) or unseen (test).", "string", "null"),
		"index":      typed("Of a task in the split.", "integer", "null"),
		"task":       typed("A task's id, instead of split and index.", "string", "null"),
		"backend":    typed("What is to play this episode: real, dream, replay.", "string", "null"),
		"evaluation": typed("The episode is one that nothing may be learned from.", "boolean", "null"),
	})
}

// observationSchema is that of every observation, with what clients put into it beside what is
// in it on the wire.
func observationSchema(spec *gym.Spec) doc {
	members := doc{
		"text":    typed("The state, as a policy reads it.", "string"),
		"goal":    typed("The task's instruction.", "string"),
		"actions": doc{"description": "The admissible actions; null: they are not listed.", "type": []string{"array", "null"}, "items": doc{"type": "string"}},
		"metadata": doc{
			"description": "Where it came from.", "type": "object",
			"required": []string{metaTerminated, metaTruncated, gym.InfoSeedHonoured, gym.InfoBackend},
		},
		"done":   typed("The episode is over.", "boolean"),
		"reward": typed("Of the step; null: of a reset.", "number", "null"),
	}
	required := []string{"text", "goal", "actions", "metadata"}
	if spec.Array != nil {
		members["array"] = arraySchema(spec.Array)
		required = append(required, "array")
	}
	if spec.Browser {
		for name, member := range pageMembers() {
			members[name] = member
		}
		required = append(required, "url", "screenshot", "axtree_txt", "pruned_html", "error", "last_action_error")
	}
	return closed("EnvironmentObservation", members, required...)
}

func arraySchema(a *gym.ArraySpec) doc {
	d := closed("Array", doc{
		"dtype": doc{"const": a.DType}, "shape": doc{"type": "array", "items": doc{"type": "integer"}},
		"data": doc{"description": "In row-major order.", "type": "array", "items": doc{"type": []string{"number", "null"}}, "minItems": a.Size(), "maxItems": a.Size()},
	}, "dtype", "shape", "data")
	d["type"] = []string{"object", "null"}
	return d
}

// pageMembers are what BrowserGym's observations have beside text and goal.
func pageMembers() doc {
	return doc{
		"url":               typed("Empty where it is not given.", "string"),
		"screenshot":        pictureSchema(),
		"axtree_txt":        typed("The accessibility tree; text again, where it is not given.", "string"),
		"pruned_html":       typed("Empty where it is not given.", "string"),
		"error":             typed("Why the last action could not be carried out.", "string"),
		"last_action_error": typed("It could not.", "boolean"),
	}
}

// pictureSchema is that of rows of pixels.
func pictureSchema() doc {
	list := func(of doc) doc { return doc{"type": "array", "items": of} }
	pixel := doc{"type": "array", "items": doc{"type": "integer", "minimum": 0, "maximum": 255}, "minItems": 3, "maxItems": 3}
	d := list(list(pixel))
	d["description"], d["type"] = "Rows of pixels: red, green, blue; null where it is not given.", []string{"array", "null"}
	return d
}

func stateSchema(spec *gym.Spec) doc {
	members := doc{
		"episode_id": typed("As the reset named it; null before the first.", "string", "null"),
		"step_count": doc{"description": "Steps in the episode.", "type": "integer", "minimum": 0},
		"session_id": typed("Joins the session: /ws?session_id=…", "string"),
		"env":        typed("The environment's id.", "string"),
		"backend":    typed("What plays the episode.", "string", "null"),
		"task_id":    typed("The episode's task.", "string", "null"),
		"split":      typed("The task's split.", "string", "null"),
		"goal":       typed("The task's instruction.", "string"),
		"max_steps":  typed("After which an episode is cut off; null: never.", "integer", "null"),
		"cum_reward": typed("The sum of the episode's rewards.", "number"),
		"running":    typed("An episode has begun and not ended.", "boolean"),
	}
	if spec.Browser {
		members["benchmark"] = typed("The environment's namespace.", "string")
		members["task_name"] = typed("The environment's name.", "string")
		members["current_url"] = typed("Empty where it is not given.", "string")
	}
	return closed("EnvironmentState", members, "episode_id", "step_count")
}

func (f *Front) schema(w http.ResponseWriter, r request) error {
	spec := &r.Reg.Spec
	rest.Write(w, http.StatusOK, doc{
		"action": actionSchema(spec, true), "observation": observationSchema(spec),
		"reset_observation": observationSchema(spec), "state": stateSchema(spec),
	})
	return nil
}

// parts takes an environment's id apart.
func parts(id string) (namespace, name string) {
	namespace, name, _ = strings.Cut(id, "/")
	return namespace, name
}

func (f *Front) metadata(w http.ResponseWriter, r request) error {
	id := r.Reg.Spec.ID
	rest.Write(w, http.StatusOK, doc{
		"name": id, "description": r.Reg.Spec.Description, "version": id[strings.LastIndexByte(id, 'v')+1:],
		"readme_content": nil, "author": nil, "documentation_url": nil,
	})
	return nil
}

func (f *Front) health(w http.ResponseWriter, _ request) error {
	rest.Write(w, http.StatusOK, doc{"status": "healthy"})
	return nil
}

func (f *Front) listEnvironments(w http.ResponseWriter, r request) error {
	rest.Write(w, http.StatusOK, []string{r.Reg.Spec.ID})
	return nil
}

// openapi describes the paths of an environment that answer over HTTP.
func (f *Front) openapi(w http.ResponseWriter, r request) error {
	spec := &r.Reg.Spec
	result := doc{"type": "object", "required": []string{"observation", "reward", "done"}, "properties": doc{
		"observation": observationSchema(spec), "reward": doc{"type": []string{"number", "null"}},
		"done": doc{"type": "boolean"}, "metadata": doc{"type": "object"},
	}}
	step := closed("Step", doc{
		"action": actionSchema(spec, true), "timeout_s": doc{"type": []string{"number", "null"}}, "request_id": doc{"type": []string{"string", "null"}},
	}, "action")
	rest.Write(w, http.StatusOK, doc{
		"openapi": "3.1.0",
		"info":    doc{"title": spec.ID, "description": spec.Description, "version": "1.0.0"},
		"servers": []doc{{"url": "/envs/" + r.name}},
		"paths": doc{
			"/reset":             doc{"post": operation("Begins an episode.", resetSchema(), result)},
			"/step":              doc{"post": operation("Acts.", step, result)},
			"/state":             doc{"get": operation("The session's state.", nil, stateSchema(spec))},
			"/schema":            doc{"get": operation("The schemas of actions, observations and states.", nil, doc{"type": "object"})},
			"/metadata":          doc{"get": operation("What the environment is.", nil, doc{"type": "object"})},
			"/health":            doc{"get": operation("Whether it answers.", nil, doc{"type": "object"})},
			"/mcp":               doc{"post": operation("The environment's tools, as JSON-RPC.", doc{"type": "object"}, doc{"type": "object"})},
			"/list_environments": doc{"get": operation("The environment's id.", nil, doc{"type": "array"})},
		},
	})
	return nil
}

func operation(summary string, takes, gives doc) doc {
	content := func(schema doc) doc { return doc{"application/json": doc{"schema": schema}} }
	op := doc{"summary": summary, "responses": doc{"200": doc{"description": "", "content": content(gives)}}}
	if takes != nil {
		op["requestBody"] = doc{"content": content(takes)}
	}
	return op
}
