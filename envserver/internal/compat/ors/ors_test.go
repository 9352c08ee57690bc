package ors

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat/compattest"
)

// TestEpisode plays one through, as an SDK does.
func TestEpisode(t *testing.T) {
	h := compattest.Start(t, 1)
	c := serve(t, h)
	_, text := c.send("POST", "/create_session", "{}")
	got := events(text)
	if len(got) != 2 || got[0].name != "task_id" || got[0].data == "" || got[1] != (event{"end", ""}) {
		t.Fatalf("create_session streams %q", got)
	}
	c.sid = got[0].data
	c.create(first)
	_, text = c.send("GET", "/"+compattest.ID+"/prompt", nil)
	for _, want := range []string{"Goal: goal 0 of train", "ready", "- win", `"task":"train-0"`, `"seed":7`, `"seed_honoured":true`} {
		if !strings.Contains(text, want) {
			t.Errorf("the prompt lacks %q: %s", want, text)
		}
	}
	a, _, _ := c.call(act("half"))
	if !a.OK || *a.Output.Reward != 0.5 || a.Output.Finished || !strings.Contains(a.Output.Blocks[0].Text, "step 1: half\n\nAdmissible actions:\n- half") {
		t.Errorf("a step answers %+v", a)
	}
	if a, _, _ = c.call(act("long")); a.Output.Blocks[0].Text != compattest.Long+"\n\nAdmissible actions:\n- half\n- win" {
		t.Errorf("a long text arrives otherwise than it was sent")
	}
	a, _, _ = c.call(act("win"))
	if *a.Output.Reward != 1 || !a.Output.Finished || a.Output.Metadata["terminated"] != true || a.Output.Metadata["truncated"] != false || a.Output.Metadata["backend"] != "real" {
		t.Errorf("the last step answers %+v", a)
	}
	if a, _, _ := c.call(act("half")); a.OK || a.Reason != reasonFinished {
		t.Errorf("a step after the end answers %+v", a)
	}
	for _, path := range []string{"/delete", "/delete_session", "/delete"} {
		if status, text := c.send("POST", path, nil); status != 200 || !strings.Contains(text, c.sid) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if h.Sessions.Len() != 0 {
		t.Errorf("%d sessions are left", h.Sessions.Len())
	}
}

// TestOnce repeats what a lost connection makes a client repeat.
func TestOnce(t *testing.T) {
	c := serve(t, compattest.Start(t, 1))
	c.create(first)
	c.create(first)
	one, id, _ := c.call(act("half"))
	again := act("half")
	again["task_id"] = id
	if a, told, _ := c.call(again); !reflect.DeepEqual(a, one) || told != id {
		t.Errorf("a repeated call answers %+v, at first %+v", a, one)
	}
	if a, _, _ := c.call(act("half")); !strings.Contains(a.Output.Blocks[0].Text, "step 2") {
		t.Errorf("the next step is %+v", a)
	}
	if a, _, _ := c.call(again); !reflect.DeepEqual(a, one) {
		t.Errorf("a call repeated later answers %+v, at first %+v", a, one)
	}
	other := act("win")
	other["task_id"] = id
	if _, _, failure := c.call(other); !strings.HasPrefix(failure, string(gym.CodeRequestConflict)) {
		t.Errorf("another call of the same id answers %q", failure)
	}
	c.create(first) // and the episode goes on
	if a, _, _ := c.call(act("win")); !strings.Contains(a.Output.Blocks[0].Text, "step 3") {
		t.Errorf("the step after a repeated create is %+v", a)
	}
	if status, text := c.send("POST", "/create", map[string]any{"env_name": compattest.ID, "split": "train", "index": 1}); status != http.StatusConflict {
		t.Errorf("another create of the same session: %d %s", status, text)
	}
}

// TestGone leaves in mid-stream: the step is carried out all the same, once.
func TestGone(t *testing.T) {
	c := serve(t, compattest.Start(t, 1))
	c.create(first)
	ctx, leave := context.WithCancel(t.Context())
	named := act("half")
	named["task_id"] = "create"
	reply, err := http.DefaultClient.Do(c.request(ctx, "POST", "/"+compattest.ID+"/call", named))
	if err != nil {
		t.Fatal(err)
	}
	io.ReadFull(reply.Body, make([]byte, 8))
	leave()
	reply.Body.Close()
	a, _, failure := c.call(named)
	b, _, _ := c.call(act("half"))
	if failure != "" || !strings.Contains(a.Output.Blocks[0].Text, "step 1") || !strings.Contains(b.Output.Blocks[0].Text, "step 2") {
		t.Errorf("after leaving: %+v %q, then %+v", a, failure, b)
	}
}

// TestVanish has many clients that go in mid-step and never come back: nothing of them is left.
func TestVanish(t *testing.T) {
	const many = 1000
	h := compattest.Start(t, many)
	c := serve(t, h)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			one := *c
			one.sid = fmt.Sprint(i)
			one.create(first)
			ctx, leave := context.WithCancel(context.Background())
			reply, err := http.DefaultClient.Do(one.request(ctx, "POST", "/call", act("slow")))
			if err != nil {
				t.Error(err)
				leave()
				return
			}
			reply.Body.Read(make([]byte, 1))
			leave()
			reply.Body.Close()
		})
	}
	all.Wait()
	compattest.Reap(t, h.Sessions)
}

// TestRestart goes on with a session on the server that took the other's place.
func TestRestart(t *testing.T) {
	data := t.TempDir()
	var one answer
	var id string
	t.Run("before", func(t *testing.T) {
		c := serve(t, compattest.Open(t, data, 1))
		c.create(first)
		one, id, _ = c.call(act("half"))
	})
	h := compattest.Open(t, data, 1)
	c := serve(t, h)
	if status, _ := c.send("POST", "/ping", nil); status != http.StatusOK {
		t.Errorf("ping: %d", status)
	}
	again := act("half")
	again["task_id"] = id
	if a, _, failure := c.call(again); !reflect.DeepEqual(a, one) {
		t.Errorf("a call repeated after the restart answers %+v %s, at first %+v", a, failure, one)
	}
	if status, text := c.send("GET", "/prompt", nil); status != http.StatusGone {
		t.Errorf("prompt: %d %s", status, text)
	}
	c.create(first)
	if status, text := c.send("GET", "/prompt", nil); status != http.StatusOK || !strings.Contains(text, "ready") {
		t.Errorf("prompt after create was repeated: %d %s", status, text)
	}
	if a, _, _ := c.call(act("half")); !strings.Contains(a.Output.Blocks[0].Text, "step 2") {
		t.Errorf("the next step is %+v", a)
	}
	c.send("POST", "/delete", nil)
	if h.Sessions.Len() != 0 {
		t.Errorf("%d sessions are left", h.Sessions.Len())
	}
}

// TestCrash ends the session with an error, and no reward.
func TestCrash(t *testing.T) {
	h := compattest.Start(t, 1)
	c := serve(t, h)
	c.create(first)
	if a, _, failure := c.call(act("crash")); failure != "env_crashed: it crashed" || a.Output.Reward != nil {
		t.Errorf("a crash answers %q %+v", failure, a)
	}
	if _, _, failure := c.call(act("half")); !strings.HasPrefix(failure, "410 ") {
		t.Errorf("a call after the crash answers %s", failure)
	}
	if status, text := c.send("POST", "/ping", nil); status != http.StatusGone {
		t.Errorf("ping after the crash: %d %s", status, text)
	}
	bad := map[string]any{"env_name": compattest.ID, "task_spec": map[string]any{"split": "train", "index": 0, "seed": 666}}
	if status, text := c.send("POST", "/create", bad); status != http.StatusInternalServerError || !strings.Contains(text, "it crashed at reset") {
		t.Errorf("a reset that crashes: %d %s", status, text)
	}
	if h.Sessions.Len() != 0 {
		t.Errorf("%d sessions are left", h.Sessions.Len())
	}
	c.create(first)
}

// TestIdle ends sessions that nobody deletes, once they are pinged no more.
func TestIdle(t *testing.T) {
	h := compattest.Start(t, 2)
	c := serve(t, h)
	c.create(first)
	if status, _ := c.send("POST", "/ping", nil); status != http.StatusOK {
		t.Errorf("ping: %d", status)
	}
	h.Sessions.Reap(time.Now().Add(30 * time.Second))
	if h.Sessions.Len() != 1 {
		t.Errorf("a session that was pinged is gone")
	}
	compattest.Reap(t, h.Sessions)
	if status, text := c.send("POST", "/ping", nil); status != http.StatusGone || h.Sessions.Len() != 0 {
		t.Errorf("a session that was reaped: %d %s", status, text)
	}
}

// TestFull waits for room, and then answers that there is none, and when to come again.
func TestFull(t *testing.T) {
	c := serve(t, compattest.Start(t, 1))
	c.create(first)
	c.sid = "another"
	reply, err := http.DefaultClient.Do(c.request(t.Context(), "POST", "/create", first))
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if reply.StatusCode != http.StatusServiceUnavailable || reply.Header.Get("Retry-After") == "" {
		t.Errorf("a full server answers %d %v", reply.StatusCode, reply.Header)
	}
	if _, _, failure := c.call(act("half")); !strings.HasPrefix(failure, "503 ") {
		t.Errorf("a call of a session without room answers %s", failure)
	}
	c.sid = "s"
	c.send("POST", "/delete", nil)
	c.sid = "another"
	c.create(first)
}
