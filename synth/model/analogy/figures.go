package analogy

import (
	"strconv"
	"strings"
)

// frame is how the lines around a list are worded, and what the numbers in them count.
type frame struct {
	at      address // of the page that has it so
	lines   []string
	figures []string // of each number, the name of the figure that it is; "" where none is
}

// figures are what numbers around a list may count.
func (k *listKind) figures(x *excerpt) map[string]int {
	pages := max(1, (x.total+k.size-1)/k.size)
	first := (x.page-1)*k.size + 1
	return map[string]int{"total": x.total, "page": x.page, "pages": pages, "first": first, "last": min(x.total, first+k.size-1)}
}

// figureNames are the figures, the likeliest first.
var figureNames = [...]string{"total", "page", "pages", "first", "last"}

// numbersIn are the numbers of a text, and what stands before each and behind the last.
func numbersIn(s string) (numbers, between []string) {
	digit := func(i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }
	from := 0
	for i := 0; i < len(s); i++ {
		if !digit(i) {
			continue
		}
		j := i
		for digit(j) || j < len(s) && (s[j] == ',' || s[j] == '.') && digit(j+1) {
			j++
		}
		numbers, between = append(numbers, s[i:j]), append(between, s[from:i])
		i, from = j, j
	}
	return numbers, append(between, s[from:])
}

// figureAt is the i-th number of a text; ok is false where it has none.
func figureAt(s string, i int) (x float64, ok bool) {
	e := newEntry([]string{s})
	return e.number(0, i)
}

// most of what is recorded has to agree.
const most = 0.95

// learnCounts finds the parameter that turns pages over, the number that counts all that is
// listed, and how captions and tails are worded; false where nothing counts.
func (k *listKind) learnCounts() bool {
	k.learnPaging()
	for i := range k.shown {
		x := &k.shown[i]
		x.page = k.pageOf(x.at)
	}
	k.total = -1
	for i := 0; i < 4 && k.total < 0; i++ {
		if k.countsAll(i) {
			k.total = i
		}
	}
	if k.total < 0 {
		return false
	}
	captions, tails := map[int][]framed{}, map[int][]framed{}
	for i := range k.shown {
		x := &k.shown[i]
		if k.count(x) {
			captions[k.captionClass(x)] = append(captions[k.captionClass(x)], framed{x, x.caption})
			tails[k.tailClass(x)] = append(tails[k.tailClass(x)], framed{x, x.tail})
		}
	}
	k.captions, k.tails = k.frames(captions), k.frames(tails)
	return true
}

// count reads how much a page says is listed; false where it does not say.
func (k *listKind) count(x *excerpt) bool {
	n, ok := figureAt(strings.Join(x.caption, "\n"), k.total)
	x.total, x.page = int(n), k.pageOf(x.at)
	return ok
}

// mostPages bounds the numbers that are taken for those of pages.
const mostPages = 1 << 20

// pageOf is the number of the page that an address asks for.
func (k *listKind) pageOf(a address) int {
	if v := a.values(k.paging); len(v) > 0 {
		if n, err := strconv.Atoi(v[0]); err == nil && n > 0 && n <= mostPages {
			return n
		}
	}
	return 1
}

// learnPaging finds the parameter that turns pages over: it is a number, and pages with others of
// it, and all else alike, have no entry in common.
func (k *listKind) learnPaging() {
	others := map[string][]*excerpt{} // scene, address without a parameter, and the parameter → pages
	apart := map[string]*tally{}
	for i := range k.shown {
		x := &k.shown[i]
		for _, p := range k.params() {
			key := strings.Join([]string{x.scene, x.at.without(p).String(), p}, "\x00")
			for _, other := range others[key] {
				if apart[p] == nil {
					apart[p] = &tally{}
				}
				apart[p].add(countsPages(x.at, p) && countsPages(other.at, p) && !shares(x.entries, other.entries))
			}
			if len(others[key]) < leastPages {
				others[key] = append(others[key], x)
			}
		}
	}
	for _, p := range keys(apart) {
		if apart[p].yes >= leastPages && rate(apart[p]) >= most {
			k.paging = p
			return
		}
	}
}

// params are the parameters of the kind's pages.
func (k *listKind) params() []string {
	all := map[string]bool{}
	for i := range k.shown {
		for _, name := range k.shown[i].at.names() {
			all[name] = true
		}
	}
	return keys(all)
}

// countsPages tells whether a parameter is a number, or is not there.
func countsPages(at address, param string) bool {
	v := at.values(param)
	if len(v) == 0 {
		return true
	}
	n, err := strconv.Atoi(v[0])
	return err == nil && n > 0
}

func shares(a, b []entry) bool {
	for i := range a {
		for j := range b {
			if a[i].name() == b[j].name() {
				return true
			}
		}
	}
	return false
}

// countsAll tells whether a number of the captions counts all that is listed: it is never
// fewer than what the page shows, and as many where the first page is not full.
func (k *listKind) countsAll(i int) bool {
	t := tally{}
	for j := range k.shown {
		x := &k.shown[j]
		n, ok := figureAt(strings.Join(x.caption, "\n"), i)
		shown := len(x.entries)
		t.add(ok && int(n) >= shown && (shown == k.size || x.page > 1 || int(n) == shown))
	}
	return rate(&t) >= most
}

// captionClass tells lists of none, of one and of several apart, tailClass their first pages
// and their last.
func (k *listKind) captionClass(x *excerpt) int { return min(several, x.total) }

// several is the class of captions of lists of more than one.
const several = 2

func (k *listKind) tailClass(x *excerpt) int {
	class := min(1, x.total)
	if x.page > 1 {
		class += 2
	}
	if x.page*k.size < x.total {
		class += 4
	}
	return class
}

type framed struct {
	x     *excerpt
	lines []string
}

// frames learns how the lines of each class are worded: as they mostly are.
func (k *listKind) frames(all map[int][]framed) map[int]*frame {
	out := map[int]*frame{}
	for class, list := range all {
		n := map[string]int{}
		for _, f := range list {
			n[masked(strings.Join(bare(f.lines), "\n"))]++
		}
		best := commonest(n)
		for _, f := range list {
			if masked(strings.Join(bare(f.lines), "\n")) != best {
				continue
			}
			if out[class] == nil {
				out[class] = &frame{at: f.x.at, lines: f.lines}
			}
			k.fit(out[class], f.x, f.lines)
		}
	}
	return out
}

// fit keeps of each number's figures those that one more page bears out.
func (k *listKind) fit(f *frame, x *excerpt, lines []string) {
	figures := k.figures(x)
	numbers, _ := numbersIn(strings.Join(bare(lines), "\n"))
	for i, n := range numbers {
		var still []string
		for _, name := range figureNames {
			if strconv.Itoa(figures[name]) == n && (len(f.figures) <= i || strings.Contains(f.figures[i], name+" ")) {
				still = append(still, name+" ")
			}
		}
		if len(f.figures) <= i {
			f.figures = append(f.figures, "")
		}
		f.figures[i] = strings.Join(still, "")
	}
}

// filled are a frame's lines with the figures of now, and with what is asked for now.
func (k *listKind) filled(f *frame, x *excerpt) []string {
	if f == nil {
		return nil
	}
	figures, at := k.figures(x), 0
	out := make([]string, len(f.lines))
	for i, l := range f.lines {
		label, name, behind := inParts(l)
		numbers, between := numbersIn(name + behind)
		line := ""
		for j, n := range numbers {
			if one, _, ok := strings.Cut(f.figures[at], " "); ok {
				n = strconv.Itoa(figures[one])
			}
			line += between[j] + n
			at++
		}
		out[i] = label + f.at.swapped(line+between[len(numbers)], x.at)
	}
	return out
}
