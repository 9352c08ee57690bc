package miniwob

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"dreamgym/envserver/gym"
)

// chooseDate turns the calendar to the goal's month, takes the day and submits.
func chooseDate(goal string, s screen, _ map[string]bool) gym.Action {
	if a := setDate(goal, s); a != "" {
		return a
	}
	return clickFirst(s.named("Submit"))
}

// setDate is the next action that brings the goal's date into the field, "" when it is
// there.
func setDate(goal string, s screen) gym.Action {
	wanted, err := time.Parse("01/02/2006", dates.FindString(goal))
	field := s.named("datepicker")
	if err != nil || len(field) == 0 || field[0].Value == dates.FindString(goal) {
		return ""
	}
	shown, open := monthShown(s)
	switch {
	case !open:
		return click(field[0])
	case monthsOf(shown) > monthsOf(wanted):
		return clickFirst(s.named("Prev"))
	case monthsOf(shown) < monthsOf(wanted):
		return clickFirst(s.named("Next"))
	}
	return clickFirst(s.role("link").named(strconv.Itoa(wanted.Day())))
}

func monthsOf(t time.Time) int { return 12*t.Year() + int(t.Month()) }

// monthShown reads the calendar's heading.
func monthShown(s screen) (time.Time, bool) {
	for _, l := range s.shown() {
		if t, err := time.Parse("January 2006", l.Name); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

var flight = regexp.MustCompile(`from: (.*) to: (.*) on `)

// bookFlight takes both places from the suggestions, sets the date, searches and books.
func bookFlight(goal string, s screen, tried map[string]bool) gym.Action {
	m := flight.FindStringSubmatch(goal)
	if m == nil {
		return ""
	}
	for i, f := range []screen{s.named("From:"), s.named("To:")} {
		if a := takeSuggestion(s, f, m[i+1]); a != "" {
			return a
		}
	}
	if a := setDate(goal, s); a != "" {
		return a
	}
	if search := s.named("Search"); len(search) > 0 {
		return click(search[0])
	}
	offers := s.all(func(l line) bool { return l.ID == "" || strings.Contains(l.Name, "$") })
	return buyTicket(goal, offers, tried)
}

// takeSuggestion types a city or an airport's code and takes what is suggested for it; ""
// where there is no such field, or it is filled.
func takeSuggestion(s, field screen, place string) gym.Action {
	if len(field) == 0 || isPlace(field[0].Value, place) {
		return ""
	}
	suggested := s.role("listitem", "menuitem").all(func(l line) bool { return isPlace(l.Name, place) })
	if len(suggested) > 0 {
		return click(suggested[0])
	}
	return fill(field[0], place)
}

// isPlace tells whether "City, ST (COD)" is the place that is called by city or code.
func isPlace(full, place string) bool {
	city, code, _ := strings.Cut(full, " (")
	return slices.Contains([]string{city, strings.TrimSuffix(code, ")")}, place) && code != ""
}
