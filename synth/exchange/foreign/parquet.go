package foreign

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"dreamgym/envserver/gym"
)

// parquet reads a file, or every file of a folder in order of name.
func (r *reading) parquet(path string) error {
	files := []string{path}
	if info, err := os.Stat(path); err != nil {
		return unreadable(err)
	} else if info.IsDir() {
		if files, err = parquetFiles(path); err != nil {
			return err
		}
	}
	t, err := r.table()
	if err != nil {
		return err
	}
	talk := r.conversations()
	for _, file := range files {
		place := ""
		if len(files) > 1 {
			place = filepath.Base(file) + ", "
		}
		if err := r.parquetFile(file, place, t, talk); err != nil {
			return err
		}
	}
	return t.finish()
}

func parquetFiles(folder string) (files []string, err error) {
	err = filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".parquet") {
			files = append(files, path)
		}
		return err
	})
	slices.Sort(files)
	if err == nil && len(files) == 0 {
		return nil, gym.Errorf(gym.CodeInvalidRequest, "the folder has no Parquet file")
	}
	return files, unreadable(err)
}

// parquetFile reads one file. A row whose columns are a conversation is taken as one.
func (r *reading) parquetFile(path, place string, t *table, talk func(string, object) error) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return unreadable(err)
	}
	defer f.Close()
	defer func() { // the library panics at some damage
		if p := recover(); p != nil {
			err = r.refuse(place+"after row "+fmt.Sprint(r.rows), "", fmt.Errorf("the file is damaged: %v", p))
		}
	}()
	in := parquet.NewReader(f)
	defer in.Close()
	for n := 1; ; n++ {
		at := fmt.Sprintf("%srow %d", place, n)
		row := make(map[string]any)
		if err := in.Read(&row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return r.refuse(at, "", fmt.Errorf("the file is damaged: %w", err))
		}
		take := t.object
		if row["conversations"] != nil {
			take = talk
		}
		o, err := plain(row)
		if err == nil {
			err = take(at, o)
		} else {
			err = r.refuse(at, "", err)
		}
		if err != nil {
			return err
		}
	}
}

// plain makes of a row what a line of JSON is read as.
func plain(row map[string]any) (object, error) {
	for name, v := range row {
		row[name] = texts(v)
	}
	b, err := json.Marshal(row)
	if err != nil {
		return nil, fmt.Errorf("a column has a value that cannot be written down: %w", err)
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	var o object
	return o, d.Decode(&o)
}

// texts makes text of bytes.
func texts(v any) any {
	switch v := v.(type) {
	case []byte:
		return string(v)
	case []any:
		for i := range v {
			v[i] = texts(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = texts(v[k])
		}
	}
	return v
}
