package distill

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/experience"
	"dreamgym/synth/model/llm"
)

// SchemaVersion is the version of the rows of an annotations file.
const SchemaVersion = 1

// Annotation is a row of an annotations file: why a recorded step came out as it did.
type Annotation struct {
	SchemaVersion int    `json:"schema_version"`
	Ref           string `json:"ref"` // "episode#step"
	Reasoning     string `json:"reasoning"`
	// Kept: the outcome can be predicted from the reasoning; else Why says what is wrong.
	Kept  bool  `json:"kept"`
	Why   Why   `json:"why"`
	Usage Usage `json:"usage"`
}

// Why says why a reasoning is not kept.
type Why string

// The reasons.
const (
	WhyState   Why = "next_state"         // another next state was predicted from it
	WhyReward  Why = "reward"             // another reward was
	WhyBoth    Why = "next_state, reward" // both were
	WhyTeacher Why = "teacher_malformed"  // the teacher's answer has no reasoning that can be read
	WhyCheck   Why = "check_malformed"    // the prediction cannot be read
	WhyContext Why = "context"            // the request has more tokens than the endpoint takes
)

// Usage is what an annotation took. What came out of the store of answers costs nothing.
type Usage struct {
	Completions      int     `json:"completions"`
	PromptTokens     int     `json:"prompt_tokens"`
	CachedTokens     int     `json:"cached_tokens"`
	CompletionTokens int     `json:"completion_tokens"`
	Cost             float64 `json:"cost"`
}

func (u *Usage) add(a endpoint.Answer, p llm.Price) {
	u.Completions++
	u.PromptTokens += a.Usage.PromptTokens
	u.CachedTokens += a.Usage.CachedTokens
	u.CompletionTokens += a.Usage.CompletionTokens
	if !a.Stored {
		u.Cost += p.Of(a.Usage)
	}
}

// Annotations are the rows of a file by what they are of.
type Annotations map[string]Annotation

// Reasoning is the kept reasoning of a step, "" where there is none.
func (a Annotations) Reasoning(r experience.Ref) string {
	if row := a[r.String()]; row.Kept {
		return row.Reasoning
	}
	return ""
}

// ReadAnnotations reads an annotations file. A torn last line is left out; another row that
// is wrong is CodeInvalidRequest.
func ReadAnnotations(path string) (Annotations, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, storageError(err)
	}
	defer f.Close()
	all, _, err := readRows(f)
	return all, err
}

// readRows reads whole lines, and answers how many bytes they have.
func readRows(r io.Reader) (all Annotations, size int64, err error) {
	all = Annotations{}
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return all, size, nil
		}
		if err != nil {
			return nil, 0, storageError(err)
		}
		row, err := parseRow(line)
		if err != nil {
			return nil, 0, &gym.Error{Code: gym.CodeInvalidRequest, Msg: fmt.Sprintf("line %d of the annotations is no row of theirs: %s", n, err), Err: err}
		}
		all[row.Ref] = row
		size += int64(len(line))
	}
}

func parseRow(line []byte) (Annotation, error) {
	var row Annotation
	if err := json.Unmarshal(bytes.TrimSpace(line), &row, json.RejectUnknownMembers(true)); err != nil {
		return row, err
	}
	if row.SchemaVersion != SchemaVersion {
		return row, fmt.Errorf("schema_version is %d; this version reads %d", row.SchemaVersion, SchemaVersion)
	}
	if row.Ref == "" || row.Kept == (row.Why != "") {
		return row, errors.New("it names no step, or does not say why it is not kept")
	}
	return row, nil
}

// log is an annotations file that is appended to.
type log struct {
	file *os.File
	done Annotations // rows that were there
}

// openLog opens an annotations file, or makes one, and drops a torn last line: its step is
// annotated anew.
func openLog(path string) (*log, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, storageError(err)
	}
	done, size, err := readRows(f)
	if err == nil {
		err = storageError(f.Truncate(size))
	}
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
		err = storageError(err)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &log{f, done}, nil
}

// append writes a row in one piece.
func (l *log) append(row Annotation) error {
	b, err := json.Marshal(row, jsontext.AllowInvalidUTF8(true))
	if err == nil {
		_, err = l.file.Write(append(b, '\n'))
	}
	return storageError(err)
}

func (l *log) close() error { return storageError(errors.Join(l.file.Sync(), l.file.Close())) }

// storageError gives a failure of a file its code; nil and coded errors stay.
func storageError(err error) error {
	var coded *gym.Error
	if err == nil || errors.As(err, &coded) {
		return err
	}
	return &gym.Error{Code: gym.CodeStorage, Msg: "training data cannot be read or written", Err: err}
}
