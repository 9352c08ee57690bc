package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"dreamgym/envserver/gym"
)

// Model says which experience model dreams.
type Model struct {
	Name     string `name:"model" help:"Experience model that dreams: ${enum}. analogy needs nothing else; llm is a language model behind --model-url; ensemble is both." default:"analogy" enum:"analogy,llm,ensemble" env:"DREAMGYM_MODEL"`
	Language `embed:""`
}

// Remote tells whether the model is, in part, behind an endpoint.
func (m Model) Remote() bool { return Remote(m.Name) }

// Remote tells whether the model of a name is, in part, behind an endpoint.
func Remote(name string) bool { return name == "llm" || name == "ensemble" }

// Validate checks what the flags' types do not.
func (m Model) Validate() error { return m.Language.ValidFor(m.Name) }

// Language says where a language model is and how it is asked as an experience model. Its
// flags begin with --model-.
type Language struct {
	Endpoint Endpoint `embed:"" prefix:"model-" envprefix:"DREAMGYM_MODEL_"`
	Answer   string   `name:"model-answer" help:"How a language model tells the next state: ${enum}; edit: by the parts of the present state that change." default:"state" enum:"state,edit" env:"DREAMGYM_MODEL_ANSWER"`
	Lists    bool     `name:"model-lists" help:"A language model lists the admissible actions itself; else the embedded model does, which costs no tokens." env:"DREAMGYM_MODEL_LISTS"`
	Demos    int      `name:"model-demonstrations" help:"Recorded steps that a language model is shown beside each action; 0: none." default:"4" env:"DREAMGYM_MODEL_DEMONSTRATIONS"`
	Thought  int      `name:"model-reasoning" help:"Characters of a language model's reasoning at most, as the schema says it; 0: no bound. Small models may not come to an end without one." default:"0" env:"DREAMGYM_MODEL_REASONING"`
	Sure     float64  `name:"model-sure" help:"ensemble: the embedded model's confidence from which on its prediction stands, 0 to 1." default:"0.5" env:"DREAMGYM_MODEL_SURE"`
	Both     bool     `name:"model-both" help:"ensemble: ask the language model at every step, so that every disagreement is known." env:"DREAMGYM_MODEL_BOTH"`
}

// ValidFor checks what the flags' types do not, for a model of a name.
func (l Language) ValidFor(name string) error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if Remote(name) && l.Endpoint.URL == "" {
		fault("--model %s needs --model-url, the address of an OpenAI-compatible endpoint such as http://127.0.0.1:8080/v1", name)
	}
	if Remote(name) && l.Endpoint.Name == "" {
		fault("--model %s needs --model-name, what the endpoint calls its model", name)
	}
	if l.Demos < 0 || l.Thought < 0 {
		fault("--model-demonstrations and --model-reasoning must not be negative")
	}
	if l.Sure < 0 || l.Sure > 1 {
		fault("--model-sure must be between 0 and 1")
	}
	return invalid(errs)
}

// Endpoint says where an OpenAI-compatible endpoint is and how to ask it.
type Endpoint struct {
	URL         string        `name:"url" help:"Address of an OpenAI-compatible endpoint, such as http://127.0.0.1:8080/v1." placeholder:"URL" env:"URL"`
	Name        string        `help:"What the endpoint calls its model." placeholder:"NAME" env:"NAME"`
	Key         string        `help:"Key of the endpoint; set it in the environment rather than here, where others can read it." placeholder:"KEY" env:"KEY"`
	KeyFile     string        `help:"File that holds the key." placeholder:"FILE" env:"KEY_FILE"`
	Extra       string        `help:"JSON object that goes into every request beside what is sent, such as {\"cache_prompt\":false}." placeholder:"JSON" env:"EXTRA"`
	Format      string        `help:"How the endpoint is made to answer in JSON: ${enum}; text: by asking alone." default:"schema" enum:"schema,object,text" env:"FORMAT"`
	Stream      bool          `help:"Answers are streamed." env:"STREAM"`
	Temperature float64       `help:"Sampling temperature; at 0, alike requests are one." default:"0" env:"TEMPERATURE"`
	TopP        float64       `help:"Share of the likeliest tokens that are sampled from; 0: the endpoint's default." default:"0" env:"TOP_P"`
	MaxTokens   int           `help:"Tokens of an answer at most." default:"1024" env:"MAX_TOKENS"`
	Context     int           `help:"Tokens that a request and its answer may have together; older steps are left out beyond. 0: not known." default:"0" env:"CONTEXT"`
	Timeout     time.Duration `help:"Longest time for one answer." default:"60s" env:"TIMEOUT"`
	RetryFor    time.Duration `help:"Longest time for an answer with all its retries." default:"2m" env:"RETRY_FOR"`
	Retries     int           `help:"How often a request that failed is sent again." default:"4" env:"RETRIES"`
	Concurrency int           `help:"Requests under way at once." default:"64" env:"CONCURRENCY"`
	Price       []float64     `help:"What a million tokens cost: of prompts, of prompts at hand, of answers." placeholder:"P" env:"PRICE"`
}

// Secret is the key, out of its file where it is in one.
func (e Endpoint) Secret() (string, error) {
	if e.KeyFile == "" {
		return e.Key, nil
	}
	if e.Key != "" {
		return "", &gym.Error{Code: gym.CodeInvalidConfig, Msg: "a key and a key file were given: give one of them"}
	}
	b, err := os.ReadFile(e.KeyFile)
	if err != nil {
		return "", &gym.Error{Code: gym.CodeInvalidConfig, Msg: "the key file cannot be read: " + err.Error(), Err: err}
	}
	return strings.TrimSpace(string(b)), nil
}

// Body is what goes into every request.
func (e Endpoint) Body() (map[string]any, error) {
	if e.Extra == "" {
		return nil, nil
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(e.Extra), &body); err != nil {
		return nil, &gym.Error{Code: gym.CodeInvalidConfig, Msg: fmt.Sprintf("%q is no JSON object", e.Extra), Err: err}
	}
	return body, nil
}

// Validate checks what the flags' types do not.
func (e Endpoint) Validate() error {
	var errs []error
	if n := len(e.Price); n != 0 && n != 3 {
		errs = append(errs, errors.New("the price has three figures: of a million tokens of prompts, of prompts at hand, of answers"))
	}
	if e.TopP < 0 || e.TopP > 1 || e.Temperature < 0 {
		errs = append(errs, errors.New("the temperature must not be negative, and top-p must be between 0 and 1"))
	}
	if e.MaxTokens < 1 || e.Concurrency < 1 || e.Context < 0 || e.Retries < 0 {
		errs = append(errs, errors.New("tokens and requests of an endpoint must be at least 1, its context and retries at least 0"))
	}
	if _, err := e.Body(); err != nil {
		errs = append(errs, err)
	}
	return invalid(errs)
}
