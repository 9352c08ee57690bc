package foreign

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"dreamgym/envserver/gym"
)

const (
	maxWindow = 1 << 30 // bytes that a compressed file may ask for while it is read
	maxPeek   = 1 << 20 // bytes that are looked at to tell the format
	someKeys  = 12      // that are named where the format is not known
)

// How files begin.
var (
	zstdMagic    = []byte{0x28, 0xb5, 0x2f, 0xfd}
	gzipMagic    = []byte{0x1f, 0x8b}
	parquetMagic = []byte("PAR1")
)

// content is an opened file, decompressed.
type content struct {
	*bufio.Reader
	close []func() error
}

// Close frees the file.
func (c *content) Close() error {
	var errs []error
	for _, f := range slices.Backward(c.close) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// open opens a file, and decompresses it where its content is compressed.
func open(path string) (*content, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	c := &content{bufio.NewReaderSize(f, maxPeek), []func() error{f.Close}}
	head, _ := c.Peek(len(zstdMagic)) // a shorter file is none of these
	switch {
	case bytes.HasPrefix(head, zstdMagic):
		z, err := zstd.NewReader(c.Reader, zstd.WithDecoderMaxMemory(maxWindow))
		if err != nil {
			return nil, unreadable(errors.Join(err, c.Close()))
		}
		c.Reader, c.close = bufio.NewReaderSize(z, maxPeek), append(c.close, func() error { z.Close(); return nil })
	case bytes.HasPrefix(head, gzipMagic):
		z, err := gzip.NewReader(c.Reader)
		if err != nil {
			return nil, unreadable(errors.Join(err, c.Close()))
		}
		c.Reader, c.close = bufio.NewReaderSize(z, maxPeek), append(c.close, z.Close)
	}
	return c, nil
}

// formatOf finds out what a file or folder is.
func (o Options) formatOf(path string) (Format, error) {
	if o.Format != "" {
		return o.Format, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", unreadable(err)
	}
	if info.IsDir() {
		return formatOfFolder(path)
	}
	in, err := open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	head, err := in.Peek(maxPeek)
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return "", unreadable(err)
	}
	return o.formatOfText(head)
}

var stepFile = regexp.MustCompile(`^step_\d+\.pkl\.gz$`)

// errFound ends a walk that found what it looked for.
var errFound = errors.New("found")

// formatOfFolder looks at the names in a folder.
func formatOfFolder(path string) (found Format, err error) {
	err = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		switch name := ""; {
		case err != nil:
			return err
		default:
			name = d.Name()
			switch {
			case stepFile.MatchString(name):
				found = FormatAgentLab
			case name == "metadata.json":
				found = FormatMinari
			case strings.HasSuffix(name, ".parquet"):
				found = FormatParquet
			default:
				return nil
			}
			return errFound
		}
	})
	if err != nil && !errors.Is(err, errFound) {
		return "", unreadable(err)
	}
	if found == "" {
		return "", gym.Errorf(gym.CodeInvalidRequest, "the folder is not known: it has neither Parquet files, nor a Minari dataset (metadata.json), nor experiments of BrowserGym or AgentLab (step_0.pkl.gz)")
	}
	return found, nil
}

// formatOfText looks at how a file begins.
func (o Options) formatOfText(head []byte) (Format, error) {
	if bytes.HasPrefix(head, parquetMagic) {
		return FormatParquet, nil
	}
	first := strings.TrimSpace(strings.TrimPrefix(string(head), byteOrderMark))
	keys := firstKeys(first)
	switch {
	case keys["conversations"]:
		return FormatShareGPT, nil
	case len(o.Map) > 0:
		return FormatJSON, nil
	case strings.HasPrefix(first, "[") && keys != nil:
		return FormatJSON, nil
	case keys == nil, keys["next_state"], keys["schema_version"]: // what is wrong with it is told line by line
		return FormatTransitions, nil
	case keys["state"] && keys["action"]:
		return FormatJSON, nil
	}
	names := slices.Sorted(maps.Keys(keys))
	return "", gym.Errorf(gym.CodeInvalidRequest, "the file's objects have %s; say with --map which of them is what: --map state=COLUMN,action=COLUMN,reward=COLUMN,episode=COLUMN",
		strings.Join(names[:min(len(names), someKeys)], ", "))
}

// firstKeys are the names in the first object, nil where the text does not begin with one.
func firstKeys(text string) map[string]bool {
	d := json.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "[")))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	keys := make(map[string]bool)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			break
		}
		keys[name.(string)] = true
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			break
		}
	}
	return keys
}
