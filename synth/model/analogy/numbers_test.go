package analogy

import "testing"

func TestPlusAndMinus(t *testing.T) {
	const no = "" // number
	tests := []struct{ a, b, sum, difference string }{
		{"7", "5", "12", "2"},
		{"5", "7", "12", "-2"},
		{"-3", "4", "1", "-7"},
		{"2.50", "1.25", "3.75", "1.25"},
		{"10", "0.5", "10.5", "9.5"},
		{"0.10", "0.2", "0.30", "-0.10"},
		{"999999999", "1", "1000000000", "999999998"},
		{"", "5", no, no},
		{"5", "", no, no},
		{"five", "5", no, no},
		{"5", "5kg", no, no},
		{"1-2", "3", no, no},
		{"1.2.3", "3", no, no},
		{"1e5", "3", no, no},
		{"1234567890123456", "1", no, no}, // more digits than are computed with exactly
	}
	for _, test := range tests {
		if got, ok := plus(test.a, test.b); got != test.sum || ok != (test.sum != no) {
			t.Errorf("%q and %q are %q, want %q", test.a, test.b, got, test.sum)
		}
		if got, ok := minus(test.a, test.b); got != test.difference || ok != (test.difference != no) {
			t.Errorf("%q less %q is %q, want %q", test.a, test.b, got, test.difference)
		}
	}
}
