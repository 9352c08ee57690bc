package analogy

import (
	"fmt"
	"testing"
)

// Where no field makes an address, it is the one that the page was told with, below where one is.
func TestAddressesThatNoFieldMakes(t *testing.T) {
	c := newCatalogue(paths{})
	page := func(at string) sheet { return sheet{own: []string{fmt.Sprintf("address %q", at)}} }
	tests := []struct{ was, came, told, now, want string }{
		{"http://park.test/birds", "http://park.test/birds?word=Wren", "http://park.test/birds?word=Lark", "http://park.test/birds", "http://park.test/birds?word=Lark"},
		{"http://park.test/birds", "http://park.test/birds/wren", "http://park.test/birds/lark", "http://park.test/trees", "http://park.test/trees/lark"},
		{"http://park.test/birds/wren", "http://park.test/birds/wren/map/2", "http://park.test/birds/lark/map/2", "http://park.test/birds/lark", "http://park.test/birds/lark/map/2"},
	}
	for _, test := range tests {
		k := &kase{turn: &turn{origin: origin{from: page(test.was)}, to: page(test.came)}}
		if got, ok := c.asked(k, page(test.told), readAddress(test.now), true); !ok || got.String() != test.want {
			t.Errorf("from %s: %s, want %s", test.now, got, test.want)
		}
	}
}
