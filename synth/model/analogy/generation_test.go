package analogy

import "testing"

func TestGeneration(t *testing.T) {
	last, changes := int64(0), 0
	for w := int64(1); w <= 20_000; w++ {
		g := generation(w)
		switch {
		case g < 1 || g > w:
			t.Fatalf("generation(%d) = %d", w, g)
		case g < last:
			t.Fatalf("generation(%d) = %d, less than %d before it", w, g, last)
		case 11*g < 10*(w-10):
			t.Fatalf("generation(%d) = %d leaves out more than a tenth", w, g)
		case generation(g) != g:
			t.Fatalf("generation(%d) = %d is none of its own", w, g)
		}
		if g != last {
			changes++
		}
		last = g
	}
	if changes > 150 {
		t.Errorf("%d generations up to 20,000: learning costs too much", changes)
	}
}
