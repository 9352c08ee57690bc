package sites

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/chrome/action"
)

// paper is a browser without a screen: it reads a page, follows links and sends forms.
// Of scripts it knows only what the filters do: a change asks for other results. With it
// every task is played in seconds; Chrome plays a sample of them.
type paper struct {
	client  *http.Client
	at      *url.URL
	body    string
	root    *element
	acting  []*element // what can be acted on; an id is an index + 1
	nodes   []chrome.Node
	pending strings.Builder // text that belongs together
}

var _ tab = (*paper)(nil)

func newPaper(context.Context) (tab, error) {
	jar, err := cookiejar.New(nil)
	return &paper{client: &http.Client{Jar: jar}}, err
}

func (p *paper) Alive() bool  { return true }
func (p *paper) Close() error { p.client.CloseIdleConnections(); return nil }
func (p *paper) Discard()     { p.client.CloseIdleConnections() }

func (p *paper) Load(ctx context.Context, to string) (chrome.Observation, error) {
	if err := p.visit(to); err != nil {
		return chrome.Observation{}, err
	}
	return p.Observe(ctx)
}

// Tabs answers that there is one.
func (p *paper) Tabs(context.Context, int) error { return nil }

func (p *paper) visit(to string) error {
	res, err := p.client.Get(to)
	return p.take(res, err)
}

// take reads the page that was answered.
func (p *paper) take(res *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	p.at, p.body = res.Request.URL, string(body)
	p.root, err = parse(bytes.NewReader(body))
	return err
}

// Evaluate answers any question about a page with all of it, which is right where the page is
// a text.
func (p *paper) Evaluate(_ context.Context, _ string, res any) error {
	*res.(*string) = p.body
	return nil
}

func (p *paper) Observe(context.Context) (chrome.Observation, error) {
	p.acting, p.nodes = nil, nil
	p.read(p.root)
	p.flush()
	return chrome.Observation{URL: p.at.String(), Nodes: p.nodes}, nil
}

func (p *paper) flush() {
	if text := strings.Join(strings.Fields(p.pending.String()), " "); text != "" {
		p.nodes = append(p.nodes, chrome.Node{Role: "text", Name: text})
	}
	p.pending.Reset()
}

func (p *paper) read(e *element) {
	p.pending.WriteString(e.text)
	switch e.tag {
	case "head", "script", "option":
		return
	case "label": // its text is the control's name
		for _, c := range e.all("input") {
			p.read(c)
		}
		return
	case "a", "button", "input", "select", "textarea":
		if e.attr["class"] != "skip" && e.attr["type"] != "hidden" {
			p.flush()
			p.acting = append(p.acting, e)
			p.nodes = append(p.nodes, p.describe(e))
		}
		return
	}
	block := !slices.Contains([]string{"", "span", "strong"}, e.tag)
	if block {
		p.flush()
	}
	for _, c := range e.children {
		p.read(c)
	}
	if block {
		p.flush()
	}
}

func (p *paper) describe(e *element) chrome.Node {
	n := chrome.Node{ID: len(p.acting), Name: p.name(e)}
	switch e.tag {
	case "a":
		n.Role = "link"
	case "button":
		n.Role = "button"
	case "select":
		n.Role = "combobox"
		for _, o := range e.all("option") {
			n.Options = append(n.Options, chrome.Option{Name: o.words(), Selected: o.has("selected")})
		}
	default:
		n.Role, n.Fill, n.Value = "textbox", true, value(e)
		switch t := e.attr["type"]; t {
		case "search":
			n.Role = "searchbox"
		case "checkbox", "radio":
			n.Role, n.Fill, n.Value = t, false, ""
		}
	}
	if e.has("disabled") {
		n.States = append(n.States, "disabled")
	}
	return n
}

func (p *paper) name(e *element) string {
	if e.has("aria-label") {
		return e.attr["aria-label"]
	}
	if l := e.up("label"); l != nil {
		return l.words()
	}
	for _, l := range p.root.all("label") {
		if l.has("for") && l.attr["for"] == e.attr["id"] {
			return l.words()
		}
	}
	return e.words()
}

func value(e *element) string {
	if e.tag == "textarea" && !e.has("value") {
		return strings.TrimSpace(e.words())
	}
	return e.attr["value"]
}

// Step does what the browser would; what it cannot is told as the page's problem.
func (p *paper) Step(ctx context.Context, a string) (chrome.Observation, error) {
	said, problem := p.try(a)
	seen, err := p.Observe(ctx)
	seen.Said = said
	if problem != nil {
		seen.Problem = problem.Error()
	}
	return seen, err
}

func (p *paper) try(a string) (said []chrome.Said, err error) {
	c, err := action.Parse(a)
	if err != nil {
		return nil, err
	}
	switch c.Name {
	case "noop":
		return nil, nil
	case "goto":
		return nil, p.visit(c.Text("url"))
	case "send_msg_to_user":
		return []chrome.Said{{Text: c.Text("text")}}, nil
	case "report_infeasible":
		return []chrome.Said{{Text: c.Text("reason"), Infeasible: true}}, nil
	}
	id, _ := strconv.Atoi(c.Text("bid")) // what is no number is no element
	if id < 1 || id > len(p.acting) {
		return nil, fmt.Errorf("paper: %s: there is no element %d", a, id)
	}
	return nil, p.act(c, p.acting[id-1])
}

func (p *paper) act(c action.Call, e *element) error {
	switch c.Name {
	case "fill":
		e.attr["value"] = c.Text("value")
		return nil
	case "select_option":
		for _, o := range e.all("option") {
			delete(o.attr, "selected")
			if o.words() == c.List("options")[0] {
				o.attr["selected"] = ""
			}
		}
		return p.changed(e)
	case "click":
		return p.click(e)
	}
	return fmt.Errorf("paper: %s is not known", c.Name)
}

// changed does what the script of the filters does.
func (p *paper) changed(e *element) error {
	if f := e.up("form"); f != nil && f.has("data-live") {
		return p.send(f, nil)
	}
	return nil
}

func (p *paper) click(e *element) error {
	switch {
	case e.tag == "a":
		return p.visit(p.resolve(e.attr["href"]))
	case e.tag == "button":
		return p.send(e.up("form"), e)
	case e.attr["type"] == "radio":
		for _, other := range e.up("form").all("input") {
			if other.attr["name"] == e.attr["name"] {
				delete(other.attr, "checked")
			}
		}
		e.attr["checked"] = ""
	case e.has("checked"):
		delete(e.attr, "checked")
	default:
		e.attr["checked"] = ""
	}
	return p.changed(e)
}

func (p *paper) resolve(to string) string {
	u, err := p.at.Parse(to)
	if err != nil {
		panic(err) // the sites' own links
	}
	return u.String()
}

// send sends a form by a button, nil where a script sends it.
func (p *paper) send(form, button *element) error {
	values, to := filledIn(form), form.attr["action"]
	if button != nil && button.has("formaction") {
		to = button.attr["formaction"]
	}
	if button != nil && button.has("name") {
		values.Set(button.attr["name"], button.attr["value"])
	}
	if form.attr["method"] == "post" {
		res, err := p.client.PostForm(p.resolve(to), values)
		return p.take(res, err)
	}
	return p.visit(p.resolve(to) + "?" + values.Encode())
}

func filledIn(form *element) url.Values {
	values := url.Values{}
	for _, e := range form.all("input", "select", "textarea") {
		ticked := e.attr["type"] != "checkbox" && e.attr["type"] != "radio" || e.has("checked")
		switch {
		case e.tag == "select":
			values.Set(e.attr["name"], selected(e))
		case ticked:
			values.Add(e.attr["name"], value(e))
		}
	}
	return values
}

// selected is the value of a list's chosen option, the first where none is.
func selected(list *element) string {
	options := list.all("option")
	chosen := options[max(0, slices.IndexFunc(options, func(o *element) bool { return o.has("selected") }))]
	if chosen.has("value") {
		return chosen.attr["value"]
	}
	return chosen.words()
}
