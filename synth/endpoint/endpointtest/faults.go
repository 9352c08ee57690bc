package endpointtest

import (
	"fmt"
	"net/http"
	"strings"
)

// Empty answers nothing, and says that this is all.
func Empty(w http.ResponseWriter, r *http.Request, q Request) { Say("")(w, r, q) }

// Fence answers with a block of Markdown around a content, as models do.
func Fence(content string) Reply { return Say("```json\n" + content + "\n```") }

// Length answers with what was said when no more tokens were allowed.
func Length(content string) Reply { return Finish(content, "length") }

// Long answers with n bytes.
func Long(n int) Reply { return Say(strings.Repeat("x", n)) }

// Body answers with a text of the test's own, whatever was asked.
func Body(text string) Reply {
	return func(w http.ResponseWriter, _ *http.Request, _ Request) { fmt.Fprint(w, text) }
}

// WrongShape answers with JSON that is no completion, no embeddings and no list of models.
func WrongShape(w http.ResponseWriter, r *http.Request, q Request) {
	Body(`{"result":["something else"]}`)(w, r, q)
}

// BadKey refuses the key, and repeats it as careless endpoints do.
func BadKey(w http.ResponseWriter, r *http.Request, q Request) {
	Status(http.StatusUnauthorized, "incorrect API key: "+q.Key)(w, r, q)
}

// UnknownModel refuses the model.
func UnknownModel(w http.ResponseWriter, r *http.Request, q Request) {
	Status(http.StatusNotFound, fmt.Sprintf("the model %q does not exist", q.Model))(w, r, q)
}

// NoSchema refuses the format of the answer.
func NoSchema(w http.ResponseWriter, r *http.Request, q Request) {
	Status(http.StatusBadRequest, "response_format of type json_schema is not supported")(w, r, q)
}

// TooMuch refuses a request that does not fit into the context, in llama.cpp's words.
func TooMuch(w http.ResponseWriter, _ *http.Request, _ Request) {
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprint(w, `{"error":{"code":400,"message":"the request is too large","type":"exceed_context_size_error","n_ctx":512}}`)
}

// Stall begins an answer and goes on with nothing until the client gives up or the test
// ends.
func (s *Server) Stall(w http.ResponseWriter, r *http.Request, q Request) {
	begin(w, q)
	s.Hang(w, r, q)
}

// Linger answers, and keeps the answer open until the client gives up or the test ends.
func (s *Server) Linger(content string) Reply {
	return func(w http.ResponseWriter, r *http.Request, q Request) {
		Say(content)(w, r, q)
		flush(w)
		s.Hang(w, r, q)
	}
}

// Models answers with the names of models.
func Models(names ...string) Reply {
	var data []string
	for _, name := range names {
		data = append(data, fmt.Sprintf(`{"id":%s,"object":"model"}`, quote(name)))
	}
	return Body(`{"object":"list","data":[` + strings.Join(data, ",") + `]}`)
}

// Overloaded fails with status 200 and an error in the answer's place, as proxies do.
func Overloaded(w http.ResponseWriter, r *http.Request, q Request) {
	text := `{"error":{"message":"overloaded"}}`
	if q.Stream {
		text = "data: " + text + "\n\n"
	}
	Body(text)(w, r, q)
}
