package analogy

import (
	"math"
	"strconv"
	"strings"
)

// plus and minus compute with numbers as texts write them; ok is false where one is no
// number. The result has as many decimals as the more precise of the two.
func plus(a, b string) (string, bool) { return compute(a, b, 1) }

func minus(a, b string) (string, bool) { return compute(a, b, -1) }

func compute(a, b string, sign float64) (string, bool) {
	x, okX := amount(a)
	y, okY := amount(b)
	if !okX || !okY {
		return "", false
	}
	return strconv.FormatFloat(x+sign*y, 'f', max(decimals(a), decimals(b)), 64), true
}

// amount reads a number; ok is false for anything else.
func amount(s string) (float64, bool) {
	if s == "" || len(s) > 15 || strings.Trim(s, "-0123456789.") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && !math.IsInf(x, 0)
}

func decimals(s string) int {
	if i := strings.IndexByte(s, '.'); i >= 0 {
		return len(s) - i - 1
	}
	return 0
}
