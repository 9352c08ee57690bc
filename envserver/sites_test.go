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
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	for _, want := range []string{"New in the shop", "Repositories"} {
		if !lines.Scan() {
			t.Fatal(lines.Err(), <-ended)
		}
		res, err := client.Get(strings.Fields(lines.Text())[0])
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: status %d, %v", lines.Text(), res.StatusCode, err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
