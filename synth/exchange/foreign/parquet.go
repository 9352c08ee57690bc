package foreign

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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
		if err := take(at, plain(row).(object)); err != nil {
			return err
		}
	}
}

// plain makes of a value what it is read as from JSON: bytes are text.
func plain(v any) any {
	switch v := v.(type) {
	case nil, bool, string:
		return v
	case []byte:
		return string(v)
	case int32:
		return json.Number(strconv.FormatInt(int64(v), 10))
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case float32:
		return json.Number(strconv.FormatFloat(float64(v), 'g', -1, 32))
	case float64:
		return json.Number(strconv.FormatFloat(v, 'g', -1, 64))
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = plain(v[i])
		}
		return all
	case map[string]any:
		all := make(object, len(v))
		for k := range v {
			all[k] = plain(v[k])
		}
		return all
	}
	return fmt.Sprint(v)
}
