package analogy

import (
	"slices"
	"strconv"
	"strings"
)

// Pages of some kinds list things: blocks of lines of one shape, of which an address asks for
// some, in an order, a page at a time. What things a scene has is known from all its pages; how
// an address chooses among them is learned from the pages of all scenes.

// entry is a block of a list: a labelled line, without its label, and the lines below it.
type entry struct {
	lines   []string
	words   [][]string  // of each line, in small letters
	numbers [][]float64 // of each line
}

func newEntry(lines []string) entry {
	e := entry{lines: lines}
	for _, l := range lines {
		numbers, _ := numbersIn(l)
		of := make([]float64, len(numbers))
		for i, n := range numbers {
			of[i], _ = amount(strings.ReplaceAll(n, ",", "")) // it is made of digits
		}
		e.words, e.numbers = append(e.words, words(strings.ToLower(l))), append(e.numbers, of)
	}
	return e
}

func (e *entry) name() string { return e.lines[0] }

// number is the i-th number of a line; ok is false where it has none.
func (e *entry) number(line, i int) (x float64, ok bool) {
	if i >= len(e.numbers[line]) {
		return 0, false
	}
	return e.numbers[line][i], true
}

// excerpt is what a page shows of a list.
type excerpt struct {
	scene, menu   string
	at            address
	entries       []entry
	caption, tail []string // the lines before and behind the entries
	total, page   int
}

// catalogue is what the pages of the recordings list.
type catalogue struct {
	common map[string]bool // names that most scenes have: they belong to the application
	paths  paths
	noted  []notedPage
	have   map[string]bool
	kinds  []*listKind
	stocks map[string]*stock // scene and shape of entries →
	makers makers
}

// notedPage is a page that was shown.
type notedPage struct {
	scene string
	menu  string // what stands above it
	at    address
	body  []string
	marks []marked
}

func newCatalogue(p paths) *catalogue {
	return &catalogue{paths: p, have: map[string]bool{}, stocks: map[string]*stock{}}
}

// note keeps a page.
func (c *catalogue) note(scene string, s sheet) {
	at, ok := addressIn(s.own)
	key := strings.Join([]string{scene, s.menu(), at.String(), strings.Join(bare(s.body), "\n")}, "\x00")
	if ok && !c.have[key] {
		c.have[key] = true
		c.noted = append(c.noted, notedPage{scene, s.menu(), at, s.body, marksOf(s)})
	}
}

// leastListed is how many pages of a kind have to list something.
const leastListed = 10

// learn finds the kinds of pages that list things, what each scene has, and how addresses
// choose among it.
func (c *catalogue) learn() {
	c.common = c.learnCommon()
	for _, k := range c.shapes() {
		for _, p := range c.noted {
			if x, ok := k.read(c, p); ok {
				k.shown = append(k.shown, x)
			}
		}
		if len(k.shown) >= leastListed && k.learnCounts() {
			c.kinds = append(c.kinds, k)
		}
	}
	for _, k := range c.kinds {
		for i := range k.shown {
			c.stockOf(k, k.shown[i].scene).take(&k.shown[i])
		}
	}
	for _, s := range c.stocks {
		s.settle()
	}
	for _, k := range c.kinds {
		k.learnChoice(c)
	}
	c.kinds = slices.DeleteFunc(c.kinds, func(k *listKind) bool { return !k.told(c) })
	for _, k := range c.kinds {
		k.learnKnown(c)
		k.shown = nil
	}
	c.learnMakers()
	c.noted, c.have = nil, nil
}

// learnCommon finds the names that pages of most scenes have.
func (c *catalogue) learnCommon() map[string]bool {
	in, scenes := map[string]map[string]bool{}, map[string]bool{}
	for _, p := range c.noted {
		scenes[p.scene] = true
		for _, l := range p.body {
			if _, ok := labelled(l); ok {
				add(in, firstQuoted(l), p.scene)
			}
		}
	}
	return shared(in, len(scenes))
}

// place is where pages are that stand beside the one at an address.
func (c *catalogue) place(at address) string { return c.paths.of(dirOf(at.path)) }

// stockOf is what a scene has of a kind's entries.
func (c *catalogue) stockOf(k *listKind, scene string) *stock {
	key := scene + "\x00" + shapeKey(k.pattern, k.depth)
	if c.stocks[key] == nil {
		c.stocks[key] = newStock()
	}
	return c.stocks[key]
}

// listKind is a kind of page that lists things.
type listKind struct {
	place   string // where its pages are
	anchor  string // what the last line above the list that has a label is called
	pattern string // of an entry's first line
	depth   int    // the lines of an entry
	size    int    // the most entries of a page
	shown   []excerpt

	paging   string // the parameter that turns over; "" for none
	total    int    // which number of the caption counts all; -1 for none
	captions map[int]*frame
	tails    map[int]*frame
	choice
}

// shapes finds the kinds of pages that list things: by where they are and what is above the list.
func (c *catalogue) shapes() []*listKind {
	n, by := map[string]int{}, map[string]*listKind{}
	for _, p := range c.noted {
		from, size, depth := c.longestRun(p.body)
		anchor := anchorOf(p.body, from)
		if size < 2 || anchor == "" {
			continue
		}
		key := strings.Join([]string{c.place(p.at), anchor, shapeKey(pattern(p.body[from]), depth)}, "\x00")
		if n[key]++; n[key] == 1 {
			by[key] = &listKind{place: c.place(p.at), anchor: anchor, pattern: pattern(p.body[from]), depth: depth}
		}
		by[key].size = max(by[key].size, size)
	}
	var out []*listKind
	for _, key := range keys(by) {
		if n[key] >= leastListed {
			out = append(out, by[key])
		}
	}
	return out
}

// anchorOf is what the last line with a label above a list is called; "" for none.
func anchorOf(body []string, from int) string {
	for i := from - 1; i >= 0; i-- {
		if _, ok := labelled(body[i]); ok {
			return nameOf(body[i])
		}
	}
	return ""
}

func shapeKey(pattern string, depth int) string { return strconv.Itoa(depth) + pattern }

// longestRun finds the longest run of blocks of one shape: where it begins, how many they are
// and how many lines each has. Lines behind the last one may seem to belong to it.
func (c *catalogue) longestRun(body []string) (from, n, depth int) {
	for i := 0; i < len(body); i++ {
		if !c.begins(body[i], "") {
			continue
		}
		want, d, many := pattern(body[i]), len(below(body, i)), 0
		for j := i; d > 0 && j < len(body) && c.begins(body[j], want) && len(below(body, j)) >= d; many++ {
			last := len(below(body, j)) > d
			if j += 1 + len(below(body, j)); last {
				j = len(body)
			}
		}
		if many > n {
			from, n, depth = i, many, d+1
		}
	}
	return from, n, depth
}

// begins tells whether a line may be the first of an entry: it has a label, and a name that
// scenes do not share.
func (c *catalogue) begins(line, want string) bool {
	_, ok := labelled(line)
	return ok && (want == "" || pattern(line) == want) && firstQuoted(line) != "" && !c.common[firstQuoted(line)]
}

// read finds what a page of the kind shows; ok is false where it has no list.
func (k *listKind) read(c *catalogue, p notedPage) (x excerpt, ok bool) {
	from := k.listFrom(c, p.at, p.body)
	if from < 0 {
		return x, false
	}
	x = excerpt{scene: p.scene, menu: p.menu, at: p.at}
	rest := p.body[from:]
	i := 0
	for i < len(rest) {
		if _, has := labelled(rest[i]); has {
			break
		}
		i++
	}
	x.caption = rest[:i]
	for i < len(rest) && c.begins(rest[i], k.pattern) && len(below(rest, i)) >= k.depth-1 {
		x.entries = append(x.entries, newEntry(bare(rest[i:i+k.depth])))
		if i += k.depth; i < len(rest) {
			if _, has := labelled(rest[i]); !has {
				break
			}
		}
	}
	x.tail = rest[i:]
	return x, true
}

// listFrom is where the lines of the list begin, caption and all; -1 for nowhere.
func (k *listKind) listFrom(c *catalogue, at address, body []string) int {
	if c.place(at) != k.place {
		return -1
	}
	for i := len(body) - 1; i >= 0; i-- {
		if _, ok := labelled(body[i]); ok && nameOf(body[i]) == k.anchor {
			return i + 1
		}
	}
	return -1
}
