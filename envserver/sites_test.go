package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
)

// TestSitesTasks writes a file, and wants what cannot be written to be refused.
func TestSitesTasks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.json")
	if err := run(t.Context(), []string{"sites", "tasks", "sites/admin-v0", "--seed", "3", "--out", path}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Sites    []string `json:"sites"`
		StartURL string   `json:"start_url"`
		Intent   string   `json:"intent"`
	}
	if err := json.Unmarshal(data, &list); err != nil || len(list) < 100 {
		t.Fatalf("%d tasks, %v", len(list), err)
	}
	for _, one := range list {
		if one.Intent == "" || one.StartURL != "__SHOPPING_ADMIN__/" || !slices.Equal(one.Sites, []string{"shopping_admin"}) {
			t.Errorf("%+v", one)
		}
	}
	for _, args := range [][]string{{"sites/webshop-v0"}, {"sites/none-v0"}, {"sites/admin-v0", "--seed", "77"}, {"sites/admin-v0", "--out", t.TempDir()}} {
		if err := run(t.Context(), append([]string{"sites", "tasks"}, args...), io.Discard, io.Discard); err == nil {
			t.Errorf("%v is not refused", args)
		}
	}
}

// TestSitesTasksGiven gives a written file back, and one with a row that is broken.
func TestSitesTasksGiven(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.json")
	if err := run(t.Context(), []string{"sites", "tasks", "sites/shop-v0", "--out", path}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DREAMGYM_SITES_TASKS", path)
	var listed strings.Builder
	if err := run(t.Context(), []string{"envs", "--data", t.TempDir()}, &listed, io.Discard); err != nil || !strings.Contains(listed.String(), "sites/webarena-v0") {
		t.Errorf("%v\n%s", err, listed.String())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte("__SHOPPING__/"), []byte("__MAP__/"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	err = run(t.Context(), []string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, io.Discard, io.Discard)
	if gym.CodeOf(err) != gym.CodeInvalidConfig || !strings.Contains(err.Error(), path+": row 1, task_id 0: start_url: ") {
		t.Errorf("a broken file: %v", err)
	}
}

// TestSitesCommand opens each site as a person would.
func TestSitesCommand(t *testing.T) {
	openSites(t, nil, "New in the shop", "Please sign in first", "All forums", "Repositories")
	openSites(t, []string{"--sign-in"}, "My orders", "Latest orders", "/forum/settings", "Your work")
}

// openSites runs the command, and wants a text on the first page of each site.
func openSites(t *testing.T, flags []string, wants ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"sites", "--seed", "3", "--listen", "127.0.0.1:0"}, flags...), in, io.Discard)
		in.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(out)
	var told []string // it serves when all of it was read
	for range wants {
		if !lines.Scan() {
			t.Fatal(lines.Err(), <-ended)
		}
		told = append(told, lines.Text())
	}
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	for i, want := range wants {
		res, err := client.Get(strings.Fields(told[i])[0])
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: status %d, %v", told[i], res.StatusCode, err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
