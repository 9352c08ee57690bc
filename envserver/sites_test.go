package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
)

// TestSitesCommand opens each site as a person would.
func TestSitesCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"sites", "--seed", "3", "--listen", "127.0.0.1:0"}, in, io.Discard)
		in.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(out)
	wants := []string{"New in the shop", "Please sign in first", "All forums", "Repositories"}
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
