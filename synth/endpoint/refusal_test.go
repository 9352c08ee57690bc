package endpoint_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
)

// What would be refused again is not tried again, and the message names the setting.
func TestRefusals(t *testing.T) {
	s := endpointtest.New(t)
	for _, test := range []struct {
		status  int
		message string
		reason  endpoint.Reason
		setting string
	}{
		{401, "Incorrect API key provided: " + secret, endpoint.ReasonKey, "--model-key-file"},
		{403, "no", endpoint.ReasonKey, "--model-key-file"},
		{404, "The model `tiny` does not exist", endpoint.ReasonModel, "--model-name"},
		{400, "unknown model: tiny", endpoint.ReasonModel, "--model-name"},
		{400, "response_format of type json_schema is not supported", endpoint.ReasonFormat, "--model-format"},
		{400, "This model's maximum context length is 10 tokens", endpoint.ReasonContext, "--model-context"},
		{400, "exceed_context_size_error", endpoint.ReasonContext, "--model-context"},
		{422, "what?", endpoint.ReasonOther, "--model-url"},
		{404, "no such page", endpoint.ReasonOther, "--model-url"},
	} {
		c := client(t, s, func(o *endpoint.Options) {
			o.Names = endpoint.Names{URL: "--model-url", Model: "--model-name", Key: "--model-key-file", Format: "--model-format", Context: "--model-context"}
		})
		before := len(s.Requests())
		s.Then(endpointtest.Status(test.status, test.message))
		r := ask("x")
		r.Object = true
		_, err := c.Chat(t.Context(), r)
		if gym.CodeOf(err) != gym.CodeNotAvailable || endpoint.ReasonOf(err) != test.reason || len(s.Requests()) != before+1 {
			t.Errorf("%d %s: %v, reason %q, asked %d times", test.status, test.message, err, endpoint.ReasonOf(err), len(s.Requests())-before)
		}
		if text := err.Error(); !strings.Contains(text, test.setting) || strings.Contains(text, secret) {
			t.Errorf("%d %s: %q does not name %s, or has the key", test.status, test.message, text, test.setting)
		}
	}
}

// What is no completion at all is told from a connection that failed.
func TestSomethingElse(t *testing.T) {
	s := endpointtest.New(t)
	for name, text := range map[string]string{"page": "<html>hello</html>", "no choices": `{"choices":[]}`, "another shape": `{"choices":"yes"}`} {
		s.Then(endpointtest.Body(text))
		_, err := client(t, s, nil).Chat(t.Context(), ask("x"))
		if gym.CodeOf(err) != gym.CodeModelMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The endpoint's own error codes tell as well as its words.
func TestKnownRefusals(t *testing.T) {
	s := endpointtest.New(t)
	for want, fault := range map[endpoint.Reason]endpointtest.Reply{
		endpoint.ReasonKey: endpointtest.BadKey, endpoint.ReasonModel: endpointtest.UnknownModel,
		endpoint.ReasonFormat: endpointtest.NoSchema, endpoint.ReasonContext: endpointtest.TooMuch,
	} {
		s.Then(fault)
		r := ask("x")
		r.Schema = []byte(`{}`)
		if _, err := client(t, s, nil).Chat(t.Context(), r); endpoint.ReasonOf(err) != want {
			t.Errorf("%v is for %q, want %q", err, endpoint.ReasonOf(err), want)
		}
	}
	if r := endpoint.ReasonOf(errors.New("another")); r != endpoint.ReasonNone {
		t.Errorf("another error is a refusal for %q", r)
	}
}

// What an endpoint says is quoted in two hundred characters.
func TestQuotesAreShort(t *testing.T) {
	s := endpointtest.New(t)
	s.Then(endpointtest.Status(422, strings.Repeat("é", 5000)))
	_, err := client(t, s, nil).Chat(t.Context(), ask("x"))
	if n := strings.Count(err.Error(), "é"); n != 200 {
		t.Errorf("%d characters are quoted", n)
	}
}

// However an endpoint repeats the key, it is in no error and in no cause.
func TestKeyIsInNoError(t *testing.T) {
	s := endpointtest.New(t)
	replies := []endpointtest.Reply{
		endpointtest.BadKey, endpointtest.Models(secret, "other"), endpointtest.Body("data: {\"error\":\"" + secret + "\"}\n\n"),
		endpointtest.Body(`{"` + secret + `":{`), endpointtest.Body(`{"choices":"` + secret + `","data":"` + secret + `"}`),
		endpointtest.Body("data: {\"choices\":{\"" + secret + "\":1}}\n\n"), endpointtest.Body(`{"error":{"message":"` + secret + `"}}`),
	}
	for _, status := range []int{302, 400, 403, 404, 422, 429, 500, 501, 503} {
		replies = append(replies, endpointtest.Status(status, "the model is unknown to "+secret),
			endpointtest.Status(status, strings.Repeat("x", 195)+secret))
	}
	for i, reply := range replies {
		s.Always(reply)
		for _, stream := range []bool{false, true} {
			c := client(t, s, func(o *endpoint.Options) { o.Retries, o.Stream = -1, stream })
			for name, call := range calls(c) {
				err := call(t.Context())
				if err == nil {
					continue // a list of models has nothing wrong with it
				}
				if e := gym.AsError(err); strings.Contains(err.Error(), "sk-ve") || e.Err != nil && strings.Contains(e.Err.Error(), "sk-ve") {
					t.Errorf("reply %d, %s: %v", i, name, err)
				}
			}
		}
	}
}

// calls are the ways to ask an endpoint.
func calls(c *endpoint.Client) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"chat":  func(ctx context.Context) error { _, err := c.Chat(ctx, ask("x")); return err },
		"embed": func(ctx context.Context) error { _, _, err := c.Embed(ctx, []string{"x"}); return err },
		"check": c.Check,
	}
}
