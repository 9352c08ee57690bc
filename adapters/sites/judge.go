package sites

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites/shop"
)

// play is how a task is played.
type play struct {
	asks     bool // the goal asks for an answer
	solution []move
	judge    func(outcome) verdict
	over     func(*shop.State) bool // tells whether the episode is over without a word; nil: never
}

// outcome is what an episode has come to.
type outcome struct {
	state   *shop.State
	address string // of the page at the end
	said    *word  // what the policy ended the episode with; nil: something else ended it
}

// verdict is a reward with its reasons.
type verdict struct {
	reward     float64
	conditions map[string]any // by name, whether each holds or how far
	reason     string         // which condition failed, "" where none did
}

// Keys of the last timestep's info.
const (
	infoConditions = "conditions"
	infoReason     = "reason"
)

func (v verdict) note(info gym.Info) {
	info[infoConditions] = v.conditions
	if v.reason != "" {
		info[infoReason] = v.reason
	}
}

// want is what a task asks for. All of it has to hold, and nothing else may have changed.
type want struct {
	answer  string   // "": none
	page    string   // the address at the end without the site's public part; "": any
	changes []string // of the shop's state
}

func (w want) judge(o outcome) verdict {
	changed := o.state.Changes()
	ended := o.said != nil && !o.said.gaveUp
	holds := map[string]bool{"ended": ended, "changes": true, "nothing_else": true}
	for _, c := range w.changes {
		holds["changes"] = holds["changes"] && slices.Contains(changed, c)
	}
	for _, c := range changed {
		holds["nothing_else"] = holds["nothing_else"] && slices.Contains(w.changes, c)
	}
	if len(w.changes) == 0 {
		delete(holds, "changes")
	}
	if w.answer != "" {
		holds["answer"] = ended && sameAnswer(o.said.text, w.answer)
	}
	if w.page != "" {
		holds["page"] = canonical(o.address) == canonical(public+w.page)
	}
	return conclude(holds)
}

// conclude is success where every condition holds.
func conclude(holds map[string]bool) verdict {
	v := verdict{reward: 1, conditions: make(map[string]any, len(holds))}
	for _, name := range slices.Sorted(maps.Keys(holds)) {
		v.conditions[name] = holds[name]
		if !holds[name] {
			v.reward = 0
			if v.reason == "" {
				v.reason = reasons()[name]
			}
		}
	}
	return v
}

// reasons says in words that a condition did not hold.
func reasons() map[string]string {
	return map[string]string{
		"ended":        "the policy gave up, or was cut off before it said that it was done",
		"answer":       "the answer is not the expected one",
		"page":         "another page is open at the end",
		"changes":      "what was to be changed is not as wanted",
		"nothing_else": "something was changed that was not to be",
	}
}

var figure = regexp.MustCompile(`\d[\d,]*(?:\.\d+)?`)

// sameAnswer compares as people do: case, quotes and a full stop at the end do not count.
// An expected figure may stand in a sentence, as long as it is the only one.
func sameAnswer(said, want string) bool {
	said, want = plain(said), plain(want)
	if said == want {
		return true
	}
	expected := figure.FindString(want)
	if expected == "" || strings.Trim(want, "$0123456789,.") != "" {
		return false
	}
	found := figure.FindAllString(said, -1)
	return len(found) == 1 && strings.ReplaceAll(found[0], ",", "") == strings.ReplaceAll(expected, ",", "")
}

func plain(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(strings.ToLower(s)), ".")
	if len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		s = s[1 : len(s)-1]
	}
	return strings.Join(strings.Fields(s), " ")
}

// canonical is the same for addresses of pages that show the same.
func canonical(address string) string {
	u, err := url.Parse(strings.TrimPrefix(address, public))
	if err != nil {
		return address
	}
	v := u.Query()
	slug, isCategory := strings.CutPrefix(u.Path, "/shop/category/")
	if isCategory {
		v.Set("category", slug)
	}
	if isCategory || u.Path == "/shop/search" {
		return "list?" + listed(v)
	}
	for name, values := range v {
		if values[0] == "" || name == "page" && values[0] == "1" || name == "reviews" && values[0] == "newest" {
			v.Del(name)
		}
	}
	return u.Path + "?" + v.Encode()
}

// listed is a query for products in one spelling.
func listed(v url.Values) string {
	q := shop.ParseQuery(v)
	slices.Sort(q.Brands)
	out := q.Values()
	if q.Page > 1 {
		out.Set("page", v.Get("page"))
	}
	return out.Encode()
}
