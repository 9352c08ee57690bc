// Package task is what the sites' tasks are made of: templates over a site's world, the
// decks that are dealt of them, the moves of scripted policies, and the verdict at the end.
// It knows no site: each has a package of its own beside this one.
package task

import (
	"net/url"
	"strings"

	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
)

// Public is where the sites are for a policy, whatever port they are served on.
const Public = "http://sites.test"

// Hidden tells whether a path is the server's own: /_open/ and, under each site, /_changes.
func Hidden(address string) bool {
	u, err := url.Parse(address)
	return err != nil || strings.Contains(u.Path, "/_open") || strings.Contains(u.Path, "/"+sites.ChangesPath)
}

// Site is one of the sites as tasks need it.
type Site struct {
	App sites.Site
	// Home is the page that an episode begins with, such as "/shop/".
	Home string
	// SignIn makes a session that of the person whom tasks are about.
	SignIn func(*sites.Session)
	// Canonical answers the same for addresses of the site's pages that show the same; nil:
	// they show the same where they are the same.
	Canonical func(*url.URL) string
}

// Set is the tasks of an environment. It may be used by many goroutines.
type Set interface {
	// Deal makes the tasks. It answers the same each time.
	Deal() map[gym.Split][]gym.Task
	// Play answers how a task is played, nil where it is none of the set's.
	Play(t gym.Task) *Play
}

// Play is how a task is played.
type Play struct {
	Asks     bool  // the goal asks for an answer
	Form     Form  // of the template
	Want     *Want // what is asked for; nil where a task has partial rewards
	Solution []Move
	Misses   func() []Miss
	Judge    func(Outcome) Verdict
	Over     func(*sites.Session) bool // tells whether the episode is over without a word; nil: never
	Start    string                    // the page that it begins with, such as "/shop/cart"; "": the first site's
	Beside   []string                  // pages that are open in further tabs
	Tabs     int                       // how many may be open; 1 when 0
	Guest    bool                      // nobody is signed in
	Looks    []Look                    // what Judge has to be shown
}

// Look is what is to be seen in a page, in the session but not in the policy's browser page.
type Look struct {
	Path   string // such as "/shop/cart"; "": of the page that is open at the end
	Script string // an expression that answers a text
}

// Form is what tasks of one template share.
type Form struct {
	Number int    // of the template in its set, from 1
	Goal   string // with its blanks, {so}
}

// Miss is a way that comes close, for tests.
type Miss struct {
	Name   string
	Moves  []Move
	Reward float64 // what it earns
	Fails  string  // a condition that it does not meet, "" where it falls short in another way
}

// Actions that speak to the user instead of acting in the page, and end the episode.
const (
	SendMessage = "send_msg_to_user"
	Infeasible  = "report_infeasible"
)

// Say is the action that says a text.
func Say(text string) string { return action.Format(SendMessage, text) }
