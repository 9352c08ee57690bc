package arena

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"dreamgym/adapters/sites/internal/task"
)

const (
	or           = " |OR| "
	last         = "last" // as a URL: the page that the episode ended on
	notAvailable = "N/A"
)

// answered judges an answer, of which WebArena leaves out twice what does not count. All of
// what is given has to hold; a fuzzy "N/A" is an exact one.
func (w *Wanted) answered(said string) bool {
	said = clean(said)
	good := w.Exact == nil || same(*w.Exact, said)
	for _, text := range w.Include {
		good = good && includes(text, said, len(w.Include) == 1)
	}
	return good && (w.Fuzzy == nil || same(notAvailable, said))
}

// found judges what was seen of a page. With an exact text the others do not count; of texts
// to include each may offer several.
func (w *Wanted) found(seen string) bool {
	seen = html.UnescapeString(seen)
	if w.Exact != nil {
		return same(*w.Exact, seen)
	}
	for _, text := range w.Include {
		if !slices.ContainsFunc(strings.Split(text, or), func(one string) bool { return includes(one, seen, false) }) {
			return false
		}
	}
	return true
}

// clean leaves out what does not count: space around, one pair of quotes, case.
func clean(s string) string {
	s = strings.TrimSpace(s)
	for _, quote := range []string{"'", `"`} {
		if strings.HasPrefix(s, quote) && strings.HasSuffix(s, quote) {
			s = s[1:max(1, len(s)-1)]
			break
		}
	}
	return strings.ToLower(s)
}

func same(reference, text string) bool { return clean(reference) == clean(text) }

// includes looks for a reference in a text. One of a single character has to be a word of its
// own where words are asked for: 7 is not in 17.
func includes(reference, text string, words bool) bool {
	reference, text = clean(reference), clean(text)
	if words && utf8.RuneCountInString(reference) == 1 && strings.TrimSpace(reference) != "" {
		return slices.Contains(tokens(text), reference)
	}
	return strings.Contains(text, reference)
}

var (
	apart    = regexp.MustCompile("[;@#$%&*«»“”‘’„?!()\\[\\]{}<>\"`]|--|\\.\\.\\.")
	endings  = regexp.MustCompile(`([:,])(\D|$)|([.'])(\s|$)`)
	openings = regexp.MustCompile(`(^|\s)'`)
)

// tokens are a text's words and marks, much as the Treebank's tokenizer cuts them: a point,
// comma or colon between figures does not part them.
func tokens(text string) []string {
	text = apart.ReplaceAllString(text, " $0 ")
	text = endings.ReplaceAllString(text, " $1$3 $2$4")
	return strings.Fields(openings.ReplaceAllString(text, "$1 ' "))
}

// arrived judges the page at the end: a reference's host and path are part of its address, and
// of each key in the references' queries it has one of the values.
func arrived(address, reference string) bool {
	base, query := taken(address)
	part := false
	wanted := url.Values{}
	for _, one := range strings.Split(reference, or) {
		b, q := taken(one)
		part = part || strings.Contains(base, b)
		for key, values := range q {
			wanted[key] = append(wanted[key], values...)
		}
	}
	for key, values := range wanted {
		if !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(query[key], v) }) {
			return false
		}
	}
	return part
}

// taken takes an address apart: host with path, and the query's values that are not empty.
func taken(address string) (base string, query url.Values) {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil {
		return "", nil
	}
	query = u.Query()
	for key, values := range query {
		if query[key] = slices.DeleteFunc(values, func(v string) bool { return v == "" }); len(query[key]) == 0 {
			delete(query, key)
		}
	}
	return u.Host + u.EscapedPath(), query
}

// judge says whether a task was done, when it is over. Giving up is the answer "N/A".
func (t *Task) judge(o task.Outcome) task.Verdict {
	said := ""
	if o.Said != nil {
		said = o.Said.Text
		if o.Said.Infeasible {
			said = notAvailable
		}
	}
	holds := map[string]bool{task.Ended: o.Said != nil}
	for _, kind := range t.Eval.Types {
		switch kind {
		case stringMatch:
			holds[task.Answered] = t.Eval.Answers.answered(said)
		case urlMatch:
			holds[task.Arrived] = arrived(task.Public+o.Address, t.Eval.URL)
		case programHTML:
			holds[task.Contained] = true
			for i, c := range t.Eval.HTML {
				holds[task.Contained] = holds[task.Contained] && c.Required.found(o.Seen[i])
			}
		}
	}
	return task.Conclude(holds)
}
