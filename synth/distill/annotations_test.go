package distill

import (
	"bytes"
	"testing"

	"dreamgym/envserver/gym"
)

// FuzzRows reads any bytes: whole rows, or an error that says which line is wrong.
func FuzzRows(f *testing.F) {
	f.Add([]byte(`{"schema_version":1,"ref":"e3#0","reasoning":"It opens.","kept":true,"why":"","usage":{"cost":0.1}}` + "\n"))
	f.Add([]byte(`{"schema_version":1,"ref":"e3#0","kept":false,"why":"reward"}` + "\n" + `{"torn":`))
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, size, err := readRows(bytes.NewReader(b))
		if err != nil {
			if gym.CodeOf(err) != gym.CodeInvalidRequest {
				t.Errorf("%v", err)
			}
			return
		}
		if size > int64(len(b)) || size > 0 && b[size-1] != '\n' {
			t.Errorf("%d whole bytes of %d", size, len(b))
		}
		for ref, row := range all {
			if row.Ref != ref || row.Kept != (row.Why == "") {
				t.Errorf("%q: %+v", ref, row)
			}
		}
	})
}
