package chrome

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Observation is what a page shows.
type Observation struct {
	URL   string `json:"url"`
	Title string `json:"title"`
	// Nodes are static text and elements that can be acted on, in document order.
	Nodes []Node `json:"nodes"`
	// Tabs are what is open, where it is more than this.
	Tabs []Tab `json:"-"`
	// Closed is how many tabs the page opened since the last observation beyond what it may.
	Closed int `json:"-"`
	// Dialogs are the messages of dialogs that the page opened since the last
	// observation. Each was accepted.
	Dialogs []string `json:"-"`
	// Downloads are the names of the files that the page offered since then. Each was refused.
	Downloads []string `json:"-"`
	// Refused are the hosts that the page asked for since the last observation and may not
	// reach.
	Refused []string `json:"-"`
	// Partial says that the page had not settled, or was cut because of its size.
	Partial bool `json:"partial"`
	// Problem is why the step's action could not be carried out, "" where it was.
	Problem string `json:"-"`
	// AXTree, HTML and Screenshot (a PNG) are empty unless the View asks for them.
	AXTree     string `json:"-"`
	HTML       string `json:"-"`
	Screenshot []byte `json:"-"`
	// Said is what the step's actions said to the user.
	Said []Said `json:"-"`
	// Probe is the value of the page's probe expression.
	Probe json.RawMessage `json:"probe"`
}

// Said is what a policy says to the user.
type Said struct {
	Text string
	// Infeasible: the text is why the task cannot be done.
	Infeasible bool
}

// Node is a line of an observation.
type Node struct {
	// ID is what an action names the element by; 0: static text.
	ID    int    `json:"id"`
	Role  string `json:"role"`
	Name  string `json:"name"`
	Value string `json:"value"`
	// States are "checked", "selected", "expanded", "collapsed", "disabled", "readonly",
	// "focused", "pressed", and "covered" where another element lies on top.
	States []string `json:"states"`
	// Options are a list's choices.
	Options []Option `json:"options"`
	// Fill says that the element takes text.
	Fill bool `json:"fill"`
	// Inner is the name of the frame that the element is, Frame of the one that it is in,
	// Depth how many there are around it. Ids in a frame begin with its name.
	Inner string `json:"frame"`
	Frame string `json:"-"`
	Depth int    `json:"-"`
}

// Option is a choice of a list.
type Option struct {
	Name     string `json:"name"`
	Selected bool   `json:"selected"`
}

// BID is what an action names the node by, "" where it cannot be acted on.
func (n Node) BID() string {
	if n.ID == 0 {
		return ""
	}
	return n.Frame + strconv.Itoa(n.ID)
}

// Has tells whether a state holds.
func (n Node) Has(state string) bool { return slices.Contains(n.States, state) }

// Text writes the observation as a policy reads it, one line a node. Where there are several
// tabs, or there were dialogs or downloads, these come first:
//
//	tab 0 "Search"
//	tab 1 "Result" active
//	dialog "Are you sure?"
//	download "report.pdf" refused
//	text "Username"
//	[3] textbox "user" value="ada" focused
//	[4] combobox "colour"
//	  option "red" selected
func (o Observation) Text() string {
	var b strings.Builder
	for i, t := range o.Tabs {
		t.write(&b, i)
	}
	for _, d := range o.Dialogs {
		b.WriteString("dialog " + Quote(d) + "\n")
	}
	for _, d := range o.Downloads {
		b.WriteString("download " + Quote(d) + " refused\n")
	}
	for _, n := range o.Nodes {
		n.write(&b)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (t Tab) write(b *strings.Builder, i int) {
	b.WriteString("tab " + strconv.Itoa(i) + " " + Quote(t.Title))
	if t.Active {
		b.WriteString(" active")
	}
	b.WriteByte('\n')
}

func (n Node) write(b *strings.Builder) {
	indent := strings.Repeat("  ", n.Depth)
	b.WriteString(indent)
	switch {
	case n.Inner != "":
		b.WriteString("[" + n.Frame + n.Inner + "] ")
	case n.ID != 0:
		b.WriteString("[" + n.BID() + "] ")
	}
	b.WriteString(n.Role + " " + Quote(n.Name))
	if n.Value != "" {
		b.WriteString(" value=" + Quote(n.Value))
	}
	for _, s := range n.States {
		b.WriteString(" " + s)
	}
	b.WriteByte('\n')
	for _, o := range n.Options {
		b.WriteString(indent + "  option " + Quote(o.Name))
		if o.Selected {
			b.WriteString(" selected")
		}
		b.WriteByte('\n')
	}
}

// escapes is made once: making it takes longer than a line does.
var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`)

// Quote keeps a page's text on its line and inside its quotes, as Lines reads it back.
func Quote(s string) string { return `"` + escapes.Replace(s) + `"` }
