package analogy

import (
	"strings"
)

// learnLists finds how lists are written: the mark that stands twice or more between
// entities, what stands before the last one, and the articles.
func (x *lexicon) learnLists(count map[string]int) {
	texts := keys(count)
	gaps := make([][][]string, 0, len(texts))
	commas := map[string]int{}
	inside := x.marksInside()
	for _, s := range texts {
		ts := tokens(s)
		ms := x.mentions(s, ts)
		var g [][]string
		for i := 1; i < len(ms); i++ {
			var gap []string
			for _, t := range ts[ms[i-1].to:ms[i].from] {
				gap = append(gap, t.text)
			}
			g = append(g, gap)
			if i > 1 && len(gap) > 0 && len(gap) < 6 && len(g[i-2]) > 0 && len(g[i-2]) < 6 && gap[0] == g[i-2][0] && !inside[gap[0]] {
				commas[gap[0]]++
			}
		}
		gaps = append(gaps, g)
	}
	x.comma = commonest(commas)
	if x.comma == "" {
		return
	}
	after := map[string]int{}
	total := 0
	for _, g := range gaps {
		for _, gap := range g {
			if len(gap) == 0 || gap[0] != x.comma || len(gap) > 2 {
				continue
			}
			word := ""
			if len(gap) == 2 {
				word = gap[1]
			}
			after[word]++
			total++
		}
	}
	for w, n := range after {
		if 50*n >= total && n >= 2 {
			x.articles[w] = true
		}
	}
	x.learnLast(gaps)
	x.learnLeadIns(texts, count)
	x.learnJoints(texts)
	x.learned, x.leadIns = true, map[string]bool{}
	x.learnLeadIns(texts, count)
}

// marksInside are the marks that stand in names of entities: no list is divided by them.
func (x *lexicon) marksInside() map[string]bool {
	out := map[string]bool{}
	for _, list := range x.first {
		for _, w := range list {
			for _, t := range w {
				if !wordRune([]rune(t)[0]) {
					out[t] = true
				}
			}
		}
	}
	return out
}

// learnLast finds what stands before a list's last member.
func (x *lexicon) learnLast(gaps [][][]string) {
	lasts := map[string]int{}
	total := 0
	for _, g := range gaps {
		for i := 1; i < len(g); i++ {
			if len(g[i-1]) == 0 || g[i-1][0] != x.comma || len(g[i]) == 0 {
				continue
			}
			if x.articles[""] && len(g[i]) == 1 && g[i][0] != x.comma && i == len(g)-1 {
				lasts[g[i][0]]++
				total++
			}
			for n := 1; n <= 2 && n < len(g[i]); n++ {
				if x.articles[g[i][n]] && !x.articles[g[i][n-1]] && !(n == 1 && g[i][0] == x.comma) {
					lasts[strings.Join(g[i][:n], " ")]++
					total++
				}
			}
		}
	}
	for w, n := range lasts {
		if 20*n >= total && n >= 2 {
			x.last[w] = true
			delete(x.articles, strings.TrimPrefix(w, x.comma+" "))
		}
	}
}

// learnLeadIns keeps the frames of lists of two and more, so that a list of one, or of
// none, is known by its frame; then the articles that only shorter lists have.
func (x *lexicon) learnLeadIns(texts []string, count map[string]int) {
	for _, s := range texts {
		if r := x.parse(s); r.listed {
			x.leadIns[r.leadIn] = true
		}
	}
	empties, articles := x.learnNothings(texts, count), map[string]int{}
	for _, s := range texts {
		r := x.parse(s)
		if r.listed {
			continue
		}
		between, _, ok := x.framed(r.template)
		if !ok {
			continue
		}
		w := words(between)
		switch {
		case len(w) <= 2 && !strings.Contains(between, "{e}"):
			empties[between] += count[s]
		case strings.HasSuffix(between, "{e}") && len(w) <= 6 && !number(w[0]) && w[0] != "{":
			articles[w[0]]++
		}
	}
	for w, c := range empties {
		if c > 1 {
			x.empties[w] = c
		}
	}
	for w, c := range articles {
		if c > 2 {
			x.articles[w] = true
		}
	}
}

// learnNothings counts what stands alone in a list, names no entity and is in no longer
// list: where members have no articles, only that tells words for an empty list from one.
func (x *lexicon) learnNothings(texts []string, count map[string]int) map[string]int {
	alone, among := map[string]int{}, map[string]bool{}
	for _, s := range texts {
		r := x.parse(s)
		for _, it := range r.list {
			if len(r.list) > 1 {
				among[it.phrase] = true
			} else if len(words(it.phrase)) <= 2 && it.entity == it.phrase && len(x.mentions(it.phrase, tokens(it.phrase))) == 0 {
				alone[it.phrase] += count[s]
			}
		}
	}
	for phrase := range among {
		delete(alone, phrase)
	}
	return alone
}

// learnJoints keeps how the last member is joined, apart for two and for more.
func (x *lexicon) learnJoints(texts []string) {
	n := map[int]map[string]int{2: {}, 3: {}}
	for _, s := range texts {
		r := x.parse(s)
		if len(r.list) < 2 {
			continue
		}
		a, b := r.list[len(r.list)-2].phrase, r.list[len(r.list)-1].phrase
		if i := strings.Index(s, a); i >= 0 {
			if j := strings.Index(s[i+len(a):], b); j > 0 && j < 12 {
				n[min(len(r.list), 3)][s[i+len(a):i+len(a)+j]]++
			}
		}
	}
	for size, m := range n {
		x.joints[size] = commonest(m)
	}
}

// learnSingles takes the frames of single mentions that answer an action without
// arguments for lists of one: what they name changes while the action stays.
func (x *lexicon) learnSingles(texts []string) {
	named := map[string]map[string]bool{}
	for _, s := range texts {
		r := x.parse(s)
		if r.listed || len(r.ents) != 1 {
			continue
		}
		for a := range x.articles {
			if frame := strings.Replace(r.template, a+" {e}", "{L}", 1); frame != r.template && a != "" {
				if named[frame] == nil {
					named[frame] = map[string]bool{}
				}
				named[frame][r.ents[0]] = true
			}
		}
	}
	for frame, es := range named {
		if len(es) >= 3 {
			x.leadIns[frame] = true
		}
	}
}
