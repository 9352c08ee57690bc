package endpoint

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestEvents(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"one":           {"data: a\n\n", []string{"a"}},
		"no space":      {"data:a\n\n", []string{"a"}},
		"CRLF":          {"data: a\r\n\r\ndata: b\r\n\r\n", []string{"a", "b"}},
		"CR":            {"data: a\r\rdata: b\r\r", []string{"a", "b"}},
		"comments":      {": hello\n\nevent: x\nid: 3\ndata: a\n\n", []string{"a"}},
		"several lines": {"data: a\ndata: b\n\n", []string{"a\nb"}},
		"done":          {"data: a\n\ndata: [DONE]\n\ndata: b\n\n", []string{"a"}},
		"cut in a line": {"data: a\n\ndata: b", []string{"a"}},
		"cut in event":  {"data: a\n\ndata: b\n", []string{"a"}},
		"empty data":    {"data:\n\ndata\n\ndata: a\n\n", []string{"a"}},
		"empty lines":   {"\n\n\ndata: a\n\n\n\n", []string{"a"}},
		"two spaces":    {"data:  a\n\n", []string{" a"}},
		"mixed ends":    {"data: a\rdata: b\r\ndata: c\n\r\n", []string{"a\nb\nc"}},
		"byte order":    {"\uFEFFdata: a\n\n", []string{"a"}},
		"other fields":  {"datax: b\ndat: c\nretry: 3\ndata: a\n\n", []string{"a"}},
		"nothing":       {"", nil},
	} {
		var got []string
		err := events(strings.NewReader(test.text), func(data []byte) error {
			got = append(got, string(data))
			return nil
		})
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, test.want)
		}
	}
	stop := errors.New("stop")
	if err := events(strings.NewReader("data: a\n\ndata: b\n\n"), func([]byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the reader ends it: %v", err)
	}
	if err := events(strings.NewReader("data: "+strings.Repeat("x", 2<<20)), func([]byte) error { return nil }); err == nil {
		t.Error("an endless line is no error")
	}
}

// A stream that broke off inside the endpoint, or has no finish, may be tried again.
func TestStreamsThatBreakOff(t *testing.T) {
	for name, text := range map[string]string{
		"no finish": "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n",
		"an error":  "data: {\"error\":{\"message\":\"out of memory\"}}\n\n",
	} {
		_, err := readStream(strings.NewReader(text))
		if !errors.As(err, new(again)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a, err := readStream(strings.NewReader("data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"so\",\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n"))
	if err != nil || a.Reasoning != "so" || a.Content != "a" || a.Finish != "stop" {
		t.Errorf("%+v, %v", a, err)
	}
}

// Reasoning comes under one of two names; usage comes last; an error that is null is none.
func TestStreamIsJoined(t *testing.T) {
	a, err := readStream(strings.NewReader(`data: {"choices":[{"delta":{"reasoning":"so ","reasoning_content":null,"content":null}}],"error":null}

: keep-alive

data: {"choices":[{"delta":{"reasoning_content":"it is","reasoning":"it is"},"finish_reason":null}]}

data: {"choices":[{"delta":{"content":"here "}}]}

data: {"choices":[{"delta":{"content":"we go"},"finish_reason":"length"}]}

data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":5}}}

data: [DONE]

data: {"choices":[{"delta":{"content":" and on"}}]}

`))
	want := Answer{Content: "here we go", Reasoning: "so it is", Finish: "length", Usage: Usage{7, 5, 3}}
	if err != nil || a != want {
		t.Errorf("%+v, %v", a, err)
	}
}

// A reader's bound is met beyond the last byte that it allows.
func TestLimited(t *testing.T) {
	for n, fails := range map[int]bool{0: false, 9: false, 10: false, 11: true, 5000: true} {
		text, err := io.ReadAll(&limited{strings.NewReader(strings.Repeat("x", n)), 10})
		if (err != nil) != fails || len(text) > 10 || !fails && len(text) != n {
			t.Errorf("%d bytes: %d were read, %v", n, len(text), err)
		}
	}
}

// Events are the same however the stream is cut into packets.
func FuzzEvents(f *testing.F) {
	f.Add("data: a\r\ndata: b\r\n\r\n: c\n\ndata\n\ndata: [DONE]\n\n")
	f.Add("\uFEFFdata:a\r\rdata: b")
	f.Fuzz(func(t *testing.T, text string) {
		read := func(r io.Reader) (all []string) {
			events(r, func(data []byte) error { //nolint:errcheck // what was read before is compared
				all = append(all, string(data))
				return nil
			})
			return all
		}
		whole := read(strings.NewReader(text))
		if bytewise := read(iotest.OneByteReader(strings.NewReader(text))); !slices.Equal(whole, bytewise) {
			t.Errorf("whole: %q, byte by byte: %q", whole, bytewise)
		}
	})
}

func FuzzReadStream(f *testing.F) {
	f.Add("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\r\n\r\ndata: [DONE]\n\n")
	f.Add("data: {\"choices\":[{}]}\n\n: x\ndata")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := readStream(strings.NewReader(text))
		if err == nil && a.Finish == "" {
			t.Errorf("%q is an answer without an end", text)
		}
	})
}

func FuzzReadAnswer(f *testing.F) {
	f.Add(`{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}`)
	f.Fuzz(func(_ *testing.T, text string) {
		readAnswer(strings.NewReader(text)) //nolint:errcheck // it must not panic
	})
}
