package task

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dreamgym/adapters/chrome"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
)

// Outcome is what an episode has come to.
type Outcome struct {
	Session *sites.Session
	Changes []string     // of all sites
	Address string       // of the page at the end, without the sites' public part
	Said    *chrome.Said // what the policy ended the episode with; nil: something else ended it
	Seen    []string     // of the Play's Looks; "" of a page that is none of the sites'
	// Same answers the same for addresses of pages that show the same.
	Same func(address string) string
}

// Verdict is a reward with its reasons.
type Verdict struct {
	Reward     float64
	Conditions map[string]any // by name, whether each holds or how far
	Reason     string         // which condition failed, "" where none did
}

// Names of conditions; templates fail one of the last three.
const (
	Ended       = "ended"
	NothingElse = "nothing_else"
	Contained   = "content"
	Answered    = "answer"
	Arrived     = "page"
	Changed     = "changes"
)

// Keys of the last timestep's info.
const (
	InfoConditions = "conditions"
	InfoReason     = "reason"
)

// Note writes the verdict into the last timestep's info.
func (v Verdict) Note(info gym.Info) {
	info[InfoConditions] = v.Conditions
	if v.Reason != "" {
		info[InfoReason] = v.Reason
	}
}

// Want is what a task asks for. All of it has to hold, and nothing else may have changed; what
// was done twice is one time too many.
type Want struct {
	Answer  string   // "": none
	Page    string   // the address at the end without the site's public part; "": any
	Changes []string // of the sites' states
}

func (w Want) judge(o Outcome) Verdict {
	ended := o.Said != nil && !o.Said.Infeasible
	holds := map[string]bool{Ended: ended, NothingElse: true}
	missing := slices.Clone(w.Changes)
	for _, c := range o.Changes {
		i := slices.Index(missing, c)
		if i < 0 {
			holds[NothingElse] = false
			continue
		}
		missing = slices.Delete(missing, i, i+1)
	}
	holds[Changed] = len(missing) == 0
	if len(w.Changes) == 0 {
		delete(holds, Changed)
	}
	if w.Answer != "" {
		holds[Answered] = ended && sameAnswer(o.Said.Text, w.Answer)
	}
	if w.Page != "" {
		holds[Arrived] = o.Same(o.Address) == o.Same(w.Page)
	}
	return Conclude(holds)
}

// Conclude is success where every condition holds.
func Conclude(holds map[string]bool) Verdict {
	v := Verdict{Reward: 1, Conditions: make(map[string]any, len(holds))}
	for _, name := range slices.Sorted(maps.Keys(holds)) {
		v.Conditions[name] = holds[name]
		if !holds[name] {
			v.Reward = 0
			if v.Reason == "" {
				v.Reason = reasons()[name]
			}
		}
	}
	return v
}

// reasons says in words that a condition did not hold.
func reasons() map[string]string {
	return map[string]string{
		Ended:       "the policy gave up, or was cut off before it said that it was done",
		Answered:    "the answer is not the expected one",
		Arrived:     "another page is open at the end",
		Changed:     "what was to be changed is not as wanted",
		Contained:   "a page does not have what was wanted of it",
		NothingElse: "something was changed that was not to be",
	}
}

var figure = regexp.MustCompile(`-?\d[\d,]*(?:\.\d+)?`)

// sameAnswer compares as people do: case, quotes and a full stop at the end do not count.
// An expected figure may stand in a sentence, as long as it is the only one, and $5 is $5.00.
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
	return len(found) == 1 && value(found[0]) == value(expected)
}

// value is what a figure stands for.
func value(figure string) float64 {
	f, _ := strconv.ParseFloat(strings.ReplaceAll(figure, ",", ""), 64) // the pattern takes only what can be read
	return f
}

func plain(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(strings.ToLower(s)), ".")
	if len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		s = s[1 : len(s)-1]
	}
	return strings.Join(strings.Fields(s), " ")
}
