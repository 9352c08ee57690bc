package endpoint_test

import (
	"strings"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
)

// What is wrong with the settings is known before anything is asked of the model.
func TestCheck(t *testing.T) {
	s := endpointtest.New(t)
	for name, test := range map[string]struct {
		reply  endpointtest.Reply
		code   gym.Code
		reason endpoint.Reason
		says   string
	}{
		"there":         {endpointtest.Models("small", "tiny"), "", endpoint.ReasonNone, ""},
		"none told":     {endpointtest.Models(), "", endpoint.ReasonNone, ""},
		"not offered":   {endpointtest.Status(404, "no such page"), "", endpoint.ReasonNone, ""},
		"not allowed":   {endpointtest.Status(405, ""), "", endpoint.ReasonNone, ""},
		"another model": {endpointtest.Models("small", "large"), gym.CodeNotAvailable, endpoint.ReasonModel, "--model-name; it has small, large"},
		"bad key":       {endpointtest.BadKey, gym.CodeNotAvailable, endpoint.ReasonKey, "--model-key"},
		"another API":   {endpointtest.WrongShape, gym.CodeNotAvailable, endpoint.ReasonOther, "--model-url"},
		"a page":        {endpointtest.Body("<html>"), gym.CodeNotAvailable, endpoint.ReasonOther, "--model-url"},
		"too long":      {endpointtest.Long(9 << 20), gym.CodeModelMalformed, endpoint.ReasonNone, "bytes"},
		"down":          {endpointtest.Reset, gym.CodeModelUnavailable, endpoint.ReasonNone, "--model-url"},
	} {
		s.Always(test.reply)
		c := client(t, s, func(o *endpoint.Options) {
			o.Retries, o.Names = -1, endpoint.Names{URL: "--model-url", Model: "--model-name", Key: "--model-key"}
		})
		err := c.Check(t.Context())
		if gym.CodeOf(err) != test.code || endpoint.ReasonOf(err) != test.reason || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v (%s)", name, err, endpoint.ReasonOf(err))
		}
	}
	if q := s.Requests()[0]; q.Path != "/v1/models" || q.Key != secret || q.Body != "" {
		t.Errorf("it was asked with %+v", q)
	}
}
