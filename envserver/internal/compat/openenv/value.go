package openenv

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// appendText appends a string; what is no UTF-8 in it is replaced.
func appendText(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// appendNumber appends a number, null where JSON has none.
func appendNumber(dst []byte, v float64) []byte {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return append(dst, "null"...)
	case v == math.Trunc(v) && math.Abs(v) < 1<<53:
		return append(strconv.AppendInt(dst, int64(v), 10), ".0"...) // a float to clients that tell them apart
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// appendAny appends what an Info may hold. The kinds that every step has are written out.
func appendAny(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendText(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendNumber(dst, v)
	case []string:
		return appendList(dst, v, appendText)
	case []any:
		return appendList(dst, v, appendAny)
	case map[string]any:
		return appendMap(dst, v)
	}
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, b...)
}

func appendList[T any](dst []byte, list []T, one func([]byte, T) []byte) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(dst, v)
	}
	return append(dst, ']')
}

func appendMap(dst []byte, m map[string]any) []byte {
	dst = append(dst, '{')
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, k)
		dst = append(dst, ':')
		dst = appendAny(dst, m[k])
	}
	return append(dst, '}')
}
