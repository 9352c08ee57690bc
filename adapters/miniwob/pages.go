package miniwob

import "dreamgym/envserver/gym"

// page is a MiniWoB++ page that is an environment here.
type page struct {
	name  string
	about string
	// long pages may need more than 8 actions.
	long bool
	// reload says that an episode leaves traces that only loading again removes.
	reload bool
	solve  solve
}

func (p page) steps() int {
	if p.long {
		return 20
	}
	return 10
}

func (p page) spec() gym.Spec {
	return gym.Spec{
		ID: "miniwob/" + p.name + "-v0", Description: p.about, MaxSteps: p.steps(),
		Rewards: []float64{0, 1}, Deterministic: true, ListsActions: true, MaxText: 64 << 10, Browser: true,
	}
}

// pages lists every page, those whose states are worth dreaming first.
func pages() []page {
	return []page{
		{name: "click-tab-2", solve: findLink, about: "Find the link with a given word in one of three tabs."},
		{name: "click-tab-2-hard", solve: findLink, about: "Find the link with a given word in one of two to six tabs."},
		{name: "click-collapsible-2-nodelay", solve: findLink, about: "Find the link with a given word in one of three sections that open and close."},
		{name: "navigate-tree", solve: findInTree, about: "Find a named file or folder in a tree that opens and closes."},
		{name: "login-user-popup", solve: logIn, about: "Log in, past a popup that may disable the form."},
		{name: "email-inbox-delete", solve: clickIcon("trash"), about: "Delete the email of a given sender."},
		{name: "email-inbox-important", solve: clickIcon("star"), about: "Mark the email of a given sender as important."},
		{name: "email-inbox-forward", solve: forward, about: "Forward the email of a given sender."},
		{name: "email-inbox-reply", solve: reply, about: "Reply to the email of a given sender with a given text."},
		{name: "search-engine", solve: search, about: "Search for a name and open the result of a given rank."},
		{name: "phone-book", solve: lookUp, about: "Find a person in a book of pages and click a property."},
		{name: "social-media", solve: postAction, about: "Do something with a given user's post, some of it in a menu."},
		{name: "use-autocomplete-nodelay", solve: complete, about: "Enter an item by how it begins and ends, with suggestions."},
		{name: "click-checkboxes", solve: tick, about: "Tick the named boxes and submit."},
		{name: "click-option", solve: tick, about: "Choose a named option and submit."},
		{name: "choose-list", solve: choose, about: "Choose a named entry of a list and submit."},
		{name: "enter-text", solve: enterOnce, about: "Enter a text and submit."},
		{name: "enter-password", solve: enterTwice, about: "Enter a password twice and submit."},
		{name: "login-user", solve: logIn, about: "Enter user name and password and log in."},
		{name: "click-link", solve: findLink, about: "Click the link with a given word."},
		{name: "click-button", solve: findLink, about: "Click the button with a given label."},
		{name: "click-checkboxes-large", solve: tick, about: "Tick many named boxes and submit.", long: true},
	}
}
