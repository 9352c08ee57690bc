package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/gorilla/websocket"
	"github.com/vmihailenco/msgpack/v5"
)

// echo is what the server is compared with: a websocket server that does nothing but
// answer. The first frame of a connection is the answer to every later one, so that
// the same bytes travel in both directions as to and from the real server.
func echo(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("echo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	codec := flags.String("codec", "", "decode every frame and encode every answer: json or msgpack; bytes as they are when empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serveEcho(w, r, *codec) })}
	context.AfterFunc(ctx, func() { server.Close() })
	fmt.Fprintf(stdout, "serving http://%s\n", l.Addr())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func serveEcho(w http.ResponseWriter, r *http.Request, codec string) {
	upgrader := websocket.Upgrader{}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	kind, first, err := ws.ReadMessage()
	if err != nil {
		return
	}
	answer := func([]byte) ([]byte, error) { return first, nil }
	switch codec {
	case "json":
		answer, err = coded(first, json.Unmarshal, json.Marshal)
	case "msgpack":
		answer, err = coded(first, msgpack.Unmarshal, msgpack.Marshal)
	}
	for err == nil {
		var frame []byte
		if _, frame, err = ws.ReadMessage(); err != nil {
			return
		}
		if frame, err = answer(frame); err == nil {
			err = ws.WriteMessage(kind, frame)
		}
	}
}

// The messages of a step, as a server that leaves coding to its libraries would have them.
type (
	stepRequest struct {
		ID      int64  `json:"id" msgpack:"id"`
		Op      string `json:"op" msgpack:"op"`
		Session string `json:"session" msgpack:"session"`
		Action  string `json:"action" msgpack:"action"`
	}
	stepReply struct {
		ID       int64    `json:"id" msgpack:"id"`
		Session  string   `json:"session" msgpack:"session"`
		Timestep timestep `json:"timestep" msgpack:"timestep"`
	}
	timestep struct {
		Observation observation    `json:"observation" msgpack:"observation"`
		Reward      float64        `json:"reward" msgpack:"reward"`
		Terminated  bool           `json:"terminated" msgpack:"terminated"`
		Truncated   bool           `json:"truncated" msgpack:"truncated"`
		Info        map[string]any `json:"info" msgpack:"info"`
	}
	observation struct {
		Text string `json:"text" msgpack:"text"`
	}
)

// coded answers a request with the first reply under the request's own id.
func coded(first []byte, decode func([]byte, any) error, encode func(any) ([]byte, error)) (func([]byte) ([]byte, error), error) {
	var reply stepReply
	if err := decode(first, &reply); err != nil {
		return nil, err
	}
	return func(frame []byte) ([]byte, error) {
		var q stepRequest
		if err := decode(frame, &q); err != nil {
			return nil, err
		}
		reply.ID, reply.Session = q.ID, q.Session
		return encode(&reply)
	}, nil
}
