package ors

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/compattest"
)

// client speaks to a front end as SDKs do.
type client struct {
	t   *testing.T
	url string
	sid string
	// header is sent with every request, beside the session's id.
	header http.Header
}

func serve(t *testing.T, h *compat.Host) *client {
	t.Helper()
	return &client{t: t, url: compattest.Serve(t, Mounts(h)), sid: "s", header: make(http.Header)}
}

// send answers the status and the body of a reply; a body of a string is sent as it is.
func (c *client) send(method, path string, body any) (int, string) {
	c.t.Helper()
	reply, text := compattest.Send(c.t, c.request(c.t.Context(), method, path, body))
	return reply.StatusCode, text
}

func (c *client) request(ctx context.Context, method, path string, body any) *http.Request {
	c.t.Helper()
	text, raw := body.(string)
	if !raw && body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		text = string(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header = c.header.Clone()
	r.Header.Set("X-Session-ID", c.sid)
	return r
}

// event is one of a stream.
type event struct{ name, data string }

// events takes a stream apart as the SDKs do: white space before an event's data is lost.
func events(text string) (all []event) {
	var e event
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimLeftFunc(value, unicode.IsSpace)
		switch {
		case lines.Text() == "" && e.name != "":
			all, e = append(all, e), event{}
		case name == "event":
			e.name = value
		case name == "data":
			e.data += value
		}
	}
	return all
}

// answer is the answer to a call.
type answer struct {
	OK     bool
	Error  string
	Reason string
	Output struct {
		Blocks   []struct{ Type, Text string }
		Metadata map[string]any
		Reward   *float64
		Finished bool
	}
}

// call sends a call and joins its answer; failure is what a stream that failed said, "cut" where
// it said nothing.
func (c *client) call(body any) (a answer, taskID, failure string) {
	c.t.Helper()
	status, text := c.send("POST", "/"+compattest.ID+"/call", body)
	if status != http.StatusOK {
		return a, "", fmt.Sprint(status, " ", text)
	}
	joined := ""
	for _, e := range events(text) {
		switch e.name {
		case "task_id":
			taskID = e.data
		case "error":
			return a, taskID, e.data
		case "chunk", "end":
			if len([]rune(e.data)) > chunkSize+5 {
				c.t.Errorf("a chunk has %d characters", len([]rune(e.data)))
			}
			if joined += e.data; e.name == "end" {
				if err := json.Unmarshal([]byte(joined), &a); err != nil {
					c.t.Fatalf("%v: %s", err, joined)
				}
				return a, taskID, ""
			}
		}
	}
	return a, taskID, "cut"
}

func act(action string) map[string]any {
	return map[string]any{"name": "act", "input": map[string]any{"action": action}}
}

func (c *client) create(body any) {
	c.t.Helper()
	if status, text := c.send("POST", "/create", body); status != http.StatusOK {
		c.t.Fatalf("create: %d %s", status, text)
	}
}

var first = map[string]any{"env_name": compattest.ID, "task_spec": map[string]any{"id": "train-0", "seed": 7}}
