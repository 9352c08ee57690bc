package arena

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"dreamgym/adapters/sites/internal/task"
)

// check lists why a task cannot be played and judged here.
func (t *Task) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if t.Intent == "" {
		fault("intent is empty")
	}
	if !task.Known(t.Own.Seed) {
		fault("dreamgym.seed %d is out of range", t.Own.Seed)
	}
	if !t.Own.Split.Valid() {
		fault("dreamgym.split %q is none of train, seen and unseen", t.Own.Split)
	}
	if t.StorageState != nil {
		fault("storage_state is a login kept by another browser: leave it null; require_login signs in")
	}
	if t.Geolocation != nil {
		fault("geolocation: pages are not told one")
	}
	if len(t.Sites) == 0 {
		fault("sites is empty")
	}
	for _, name := range t.Sites {
		if !slices.ContainsFunc(sites(), func(s site) bool { return s.name == name }) {
			fault("sites: %s is not served here", name)
		}
	}
	return errors.Join(append(faults, t.checkStarts(), t.Eval.check())...)
}

func (t *Task) checkStarts() error {
	starts := t.starts()
	if len(starts) > mostTabs {
		return fmt.Errorf("start_url: there are %d tabs at most", mostTabs)
	}
	for _, address := range starts {
		path, err := pathOf(address)
		switch {
		case err != nil:
			return fmt.Errorf("start_url: %w", err)
		case task.Hidden(path):
			return fmt.Errorf("start_url: %s is not for policies", path)
		}
	}
	return nil
}

// pathOf is the path, with the query, of an address on one of the sites.
func pathOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err == nil {
		_, err = url.ParseQuery(u.RawQuery)
	}
	if err != nil {
		return "", fmt.Errorf("%q is no address", address)
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if u.Scheme+"://"+u.Host != task.Public || !slices.ContainsFunc(sites(), func(s site) bool { return s.app == name }) {
		return "", fmt.Errorf("%q is no page of the sites; theirs begin with __SHOPPING__, __SHOPPING_ADMIN__, __REDDIT__ or __GITLAB__", address)
	}
	return strings.TrimPrefix(address, task.Public), nil
}

func (e Eval) check() error {
	if len(e.Types) == 0 {
		return errors.New("eval_types is empty: nothing would be judged")
	}
	var faults []error
	for _, kind := range e.Types {
		switch kind {
		case stringMatch:
			faults = append(faults, e.Answers.check(true))
		case urlMatch:
			faults = append(faults, e.checkURL())
		case programHTML:
			faults = append(faults, e.checkHTML())
		default:
			faults = append(faults, fmt.Errorf("eval_types: %q is none of %s, %s and %s", kind, stringMatch, urlMatch, programHTML))
		}
	}
	return errors.Join(faults...)
}

func (e Eval) checkURL() error {
	if e.URLNote != "" && e.URLNote != "GOLD in PRED" {
		return fmt.Errorf("url_note: %q is not known, only GOLD in PRED", e.URLNote)
	}
	for _, reference := range strings.Split(e.URL, or) {
		if _, err := pathOf(reference); err != nil {
			return fmt.Errorf("reference_url: %w", err)
		}
	}
	return nil
}

func (e Eval) checkHTML() error {
	if len(e.HTML) == 0 {
		return errors.New("program_html is empty: nothing would be judged")
	}
	var faults []error
	for i, c := range e.HTML {
		for _, err := range []error{c.checkPage(), c.Required.check(false)} {
			if err != nil {
				faults = append(faults, fmt.Errorf("program_html %d: %w", i+1, err))
			}
		}
	}
	return errors.Join(faults...)
}

func (c Content) checkPage() error {
	for _, text := range []string{c.URL, c.Locator} {
		if strings.HasPrefix(text, "func:") || strings.HasPrefix(text, "lambda:") {
			return fmt.Errorf("%q calls a helper in Python, which there is none of here", text)
		}
	}
	locator := strings.TrimSpace(c.Locator)
	if locator != "" && !strings.HasPrefix(c.Locator, "document.") && !strings.HasPrefix(c.Locator, "[...document.") {
		return fmt.Errorf("locator %q is neither empty nor begins with document", c.Locator)
	}
	if c.URL == last {
		return nil
	}
	_, err := pathOf(c.URL)
	return err
}

// check wants a text to be compared with something, and without a language model.
func (w *Wanted) check(answer bool) error {
	switch {
	case w == nil || w.Exact == nil && len(w.Include) == 0 && w.Fuzzy == nil:
		return errors.New("neither exact_match nor must_include says what is wanted")
	case w.Fuzzy != nil && (!answer || string(w.Fuzzy) != `"`+notAvailable+`"`):
		return errors.New("fuzzy_match needs a language model as judge; only \"" + notAvailable + "\" of an answer does not")
	case slices.ContainsFunc(w.Include, func(text string) bool { return clean(text) == "" }):
		return errors.New("must_include has an empty text, which every text includes")
	}
	return nil
}
