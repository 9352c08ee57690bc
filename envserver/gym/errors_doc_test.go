package gym_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
)

var update = flag.Bool("update", false, "write docs/errors.md anew")

const errorsDoc = "../../docs/errors.md"

// TestErrorsDoc keeps docs/errors.md what the codes say.
func TestErrorsDoc(t *testing.T) {
	want := renderErrors()
	if *update {
		if err := os.WriteFile(errorsDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(errorsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("docs/errors.md is not what the codes say; write it anew: go test ./envserver/gym -run ErrorsDoc -update")
	}
}

func renderErrors() string {
	var b strings.Builder
	b.WriteString(`# Errors

Generated from the codes in ` + "`envserver/gym/errors.go`" + `; do not edit.
` + "`go test ./envserver/gym -run ErrorsDoc -update`" + ` writes it anew.

An error has a code of this closed set and a message that says what was wrong in this case. On the wire it is
` + "`{\"code\": \"…\", \"message\": \"…\", \"retry\": false}`" + `; in Python it is an exception of its own class (see
[python.md](python.md)); on the command line the message is printed with the cure below.

"Retry" says that the same request may succeed later without a change. Which errors abort the running episode is in
[protocol.md](protocol.md). An aborted episode has no reward and is never learned from.

`)
	for _, d := range gym.Codes() {
		retry := "no"
		if d.Retry {
			retry = "yes"
		}
		fmt.Fprintf(&b, "## %s\n\n%s\n\n- Cure: %s\n- Retry: %s\n\n", d.Code, d.Meaning, d.Cure, retry)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
