package chrome

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dreamgym/adapters/chrome/action"
)

const desk = `<style>body { margin: 0 } .box { width: 60px; height: 60px; position: absolute; top: 0 }</style>
<div style="height:70px"><div class=box style="left:0" draggable=true ondragstart="event.dataTransfer.setData('text', 'cargo')">cargo</div>
<div class=box style="left:100px" ondragover="event.preventDefault()" ondrop="event.preventDefault(); say(event.dataTransfer.getData('text'))">dock</div>
<div class=box style="left:200px" onmousedown="say('down' + event.button)" onmousemove="say('move' + event.buttons)" onmouseup="say('up' + event.shiftKey)">pad</div></div>
<label><input type=checkbox id=c> Box</label> <label><input type=radio name=r> One</label>
<span role=switch aria-checked=false onclick="this.setAttribute('aria-checked', this.getAttribute('aria-checked') === 'false')">Switch</span>
<input id=t><button onclick="tick()">Tick</button>
<div style="height:400px; overflow:auto"><p style="height:900px">tall</p><button>deep</button></div>
<p id=out></p><script>
const say = (s) => { if (!out.textContent.endsWith(s + ' ')) out.textContent += s + ' '; };
t.onkeydown = (e) => say('+' + e.key + (e.shiftKey ? '^' : ''));
t.onkeyup = (e) => say('-' + e.key);
const tick = () => { let n = 0; const id = setInterval(() => { if (++n === 3) { clearInterval(id); say('ticked'); } }, 450); };
</script>`

// byName answers the bid of the element of a name.
func byName(t *testing.T, o Observation, name string) string {
	t.Helper()
	for _, n := range o.Nodes {
		if n.Name == name && n.ID != 0 {
			return n.BID()
		}
	}
	t.Fatalf("there is no %q in\n%s", name, o.Text())
	return ""
}

func TestHands(t *testing.T) {
	p, o := openPage(t, testBrowser(t, Config{}), serve(t, desk, nil))
	tests := []struct{ action, problem, text string }{
		{"drag_and_drop('cargo', 'dock')", "", "cargo"},
		{"mouse_drag_and_drop(30, 30, 130, 30)", "", "cargo"},
		{"mouse_move(230, 30)", "", "move0"},
		{"mouse_down(230, 30)", "", "down0"},
		{"mouse_move(240, 40)", "", "move1"},
		{"keyboard_down('Shift')", "", ""},
		{"mouse_up(240, 40)", "", "uptrue"},
		{"keyboard_up('Shift')", "", ""},
		{"focus('t')", "", "focused"},
		{"keyboard_down('Shift')", "", "+Shift^"},
		{"keyboard_press('a')", "", "+a^"},
		{"keyboard_up('Shift')", "", "-Shift"},
		{"keyboard_down('b')", "", "+b"},
		{"keyboard_up('b')", "", "-b"},
		{"keyboard_press('Control')", "", "+Control"},
		{"keyboard_down('Nokey')", "unknown key", ""},
		{"check('Box')", "", `checkbox "Box" checked`},
		{"check('Box')", "", `checkbox "Box" checked`},
		{"uncheck('Box')", "", "checkbox \"Box\"\n"},
		{"check('One')", "", `radio "One" checked`},
		{"uncheck('One')", "by checking another", ""},
		{"check('Switch')", "", `switch "Switch" checked`},
		{"check('t')", "not a check box", ""},
		{"click('Tick')", "", ""},
		{"noop(1400)", "", "ticked"},
		{"scroll(0, 400)", "", ""},
		{"scroll_at(640, 360, 0, 50)", "", ""},
		{"mouse_click(1, 1, 'up')", "wrong button", ""},
		{"upload_file('t', 'x')", "no files to upload here", ""},
	}
	for _, tt := range tests {
		a := tt.action
		for _, name := range []string{"cargo", "dock", "Box", "One", "Switch", "t", "Tick"} {
			if strings.Contains(a, "'"+name+"'") {
				a = strings.ReplaceAll(a, "'"+name+"'", "'"+byName(t, o, name)+"'")
			}
		}
		o = step(t, p, a)
		if (o.Problem == "") != (tt.problem == "") || !strings.Contains(o.Problem, tt.problem) || !strings.Contains(o.Text()+"\n", tt.text) {
			t.Errorf("%s: problem %q, want %q; want %q in\n%s", tt.action, o.Problem, tt.problem, tt.text, o.Text())
		}
	}
	var top float64
	if err := p.Evaluate(t.Context(), "document.querySelector('[style*=auto]').scrollTop", &top); err != nil || top != 450 {
		t.Errorf("the box that scrolls is at %v, %v", top, err)
	}
}

const shelf = `<style>body { margin: 0; user-select: none } b { position: absolute; width: 60px; height: 40px }</style>
<b style="left:0; top:0">nw</b><b style="left:100px; top:0">ne</b><b style="left:0; top:100px">sw</b><b style="left:100px; top:100px">se</b>
<p id=out style="position:absolute; top:200px"></p><script>
let before, last;
for (const b of document.querySelectorAll('b')) b.onclick = () => {};
onmousemove = (e) => { if (e.buttons) { before = last; last = [e.clientX, e.clientY]; } };
onmouseup = (e) => { out.textContent = 'from ' + before + ' to ' + [e.clientX, e.clientY]; };
</script>`

// TestScrollsAreHeard: what a page does when it is scrolled is in the observation of that step,
// and a menu of suggestions that follows keys opens where it is asked for.
func TestScrollsAreHeard(t *testing.T) {
	b := testBrowser(t, Config{})
	url := serve(t, `<style>body { margin: 0 }</style><div id=box style="height:100px; overflow:auto"><p style="height:900px">tall</p></div>
		<div style="height:3000px"></div><input id=f aria-label=field><p id=out></p><script>
		const say = (s) => { out.textContent += s + ' '; };
		box.onscroll = () => say('box'); onscroll = () => say('page');
		f.onkeydown = (e) => { if (e.key === 'x') say('menu'); };
		</script>`, nil)
	for range 10 {
		p, _ := openPage(t, b, url)
		if o := step(t, p, "scroll_at(5, 50, 0, 500)"); !strings.Contains(o.Text(), `"box"`) {
			t.Fatalf("the box that scrolled: %q\n%s", o.Problem, o.Text())
		}
		o := step(t, p, "scroll(0, 500)")
		if !strings.Contains(o.Text(), `"box page"`) {
			t.Fatalf("the page that scrolled: %q\n%s", o.Problem, o.Text())
		}
		if o = step(t, p, "fill('"+byName(t, o, "field")+"', 'émenux', True)"); !strings.Contains(o.Text(), `value="émenux" focused`) || !strings.Contains(o.Text(), "menu") {
			t.Fatalf("the field with a menu: %q\n%s", o.Problem, o.Text())
		}
		closeWiped(p)
	}
}

// TestDragsPassTheMiddle: a drag lets go beyond the middle of its target, on the side away
// from where it came from, in another row above or below; one between points ends at its point.
func TestDragsPassTheMiddle(t *testing.T) {
	p, o := openPage(t, testBrowser(t, Config{}), serve(t, shelf, nil))
	nw, ne, sw, se := byName(t, o, "nw"), byName(t, o, "ne"), byName(t, o, "sw"), byName(t, o, "se")
	for a, want := range map[string]string{
		action.Format("drag_and_drop", nw, ne): "from 130,20 to 132,20", action.Format("drag_and_drop", ne, nw): "from 30,20 to 28,20",
		action.Format("drag_and_drop", nw, sw): "from 30,120 to 30,122", action.Format("drag_and_drop", sw, nw): "from 30,20 to 30,18",
		action.Format("drag_and_drop", se, nw): "from 30,20 to 30,18", action.Format("drag_and_drop", ne, sw): "from 30,120 to 30,122",
		"mouse_drag_and_drop(30, 20, 130, 120)": "from 130,120 to 130,120",
	} {
		if o := step(t, p, a); o.Problem != "" || !strings.Contains(o.Text(), `text "`+want+`"`) {
			t.Errorf("%s: %s, want %q in\n%s", a, o.Problem, want, o.Text())
		}
	}
}

// TestSaying: what is said to the user comes with the observation, once, and the page stays.
func TestSaying(t *testing.T) {
	p, before := openPage(t, testBrowser(t, Config{}), serve(t, `<button>go</button>`, nil))
	o := step(t, p, "send_msg_to_user('42')")
	if len(o.Said) != 1 || o.Said[0] != (Said{Text: "42"}) || o.Text() != before.Text() {
		t.Errorf("said %v\n%s", o.Said, o.Text())
	}
	if o = step(t, p, "report_infeasible('no such thing')"); len(o.Said) != 1 || !o.Said[0].Infeasible {
		t.Errorf("said %v", o.Said)
	}
	if o = step(t, p, "noop()"); o.Said != nil {
		t.Errorf("said %v again", o.Said)
	}
}

// TestSeveralActions are carried out in order, up to the first that fails.
func TestSeveralActions(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<button onclick="setTimeout(() => box.hidden = false, 100)">show</button>
		<div id=box hidden><button onclick="out.textContent += 'x'">inner</button></div><p id=out></p>`, nil))
	if o := step(t, p, "click('1')\nclick('2')"); !strings.Contains(o.Problem, "one action at a time") {
		t.Errorf("problem %q", o.Problem)
	}
	p.Take(action.Rules{Most: 3})
	if o := step(t, p, "click('1') # opens it\nclick('2')"); o.Problem != "" || !strings.Contains(o.Text(), `text "x"`) {
		t.Errorf("problem %q\n%s", o.Problem, o.Text())
	}
	if o := step(t, p, "click('2')\nclick('9')\nclick('2')"); !strings.Contains(o.Problem, "action 2 of 3: missing") || !strings.Contains(o.Text(), `text "xx"`) {
		t.Errorf("problem %q\n%s", o.Problem, o.Text())
	}
	p.Take(action.Rules{Names: []string{"click"}})
	if o := step(t, p, "hover('1')"); o.Problem != `unknown action "hover"; there are click` {
		t.Errorf("problem %q", o.Problem)
	}
}

func TestUploads(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret.txt")
	for name, text := range map[string]string{filepath.Join(dir, "a.txt"): "alpha", filepath.Join(dir, "b.txt"): "beta", secret: "secret"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(secret, filepath.Join(dir, "link.txt")); err != nil {
		t.Fatal(err)
	}
	p, o := openPage(t, testBrowser(t, Config{Uploads: dir}), serve(t, `<input type=file name=one onchange="show(this)">
		<input type=file multiple hidden id=many onchange="show(this)"><button onclick="many.click()">Many</button><button>Other</button><p id=out></p>
		<script>const show = async (i) => { out.textContent = (await Promise.all([...i.files].map(async (f) => f.name + '=' + await f.text()))).join(' ') || 'none' }</script>`, nil))
	one, many, other := byName(t, o, "one"), byName(t, o, "Many"), byName(t, o, "Other")
	for _, tt := range []struct{ action, problem, text string }{
		{action.Format("upload_file", one, "a.txt"), "", `text "a.txt=alpha"`},
		{"upload_file('" + many + "', ['a.txt', 'b.txt'])", "", `text "a.txt=alpha b.txt=beta"`},
		{"upload_file('" + one + "', ['a.txt', 'b.txt'])", "one file only", ""},
		{"upload_file('" + one + "', [])", "at least one file", ""},
		{action.Format("upload_file", other, "a.txt"), "opens no file chooser", ""},
		{action.Format("upload_file", one, "c.txt"), "there is no file 'c.txt'", ""},
		{action.Format("upload_file", one, "../secret.txt"), "there is no file", ""},
		{action.Format("upload_file", one, secret), "there is no file", ""},
		{action.Format("upload_file", one, "link.txt"), "there is no file", ""},
		{action.Format("upload_file", one, "."), "there is no file", ""},
		{"mouse_upload_file(20, 20, 'b.txt')", "", `text "b.txt=beta"`},
	} {
		o := step(t, p, tt.action)
		if (o.Problem == "") != (tt.problem == "") || !strings.Contains(o.Problem, tt.problem) || !strings.Contains(o.Text(), tt.text) {
			t.Errorf("%s: problem %q, want %q; want %q in\n%s", tt.action, o.Problem, tt.problem, tt.text, o.Text())
		}
	}
}

// TestFolded: what is folded away is not listed before it is unfolded, and has its id then.
func TestFolded(t *testing.T) {
	p, o := openPage(t, testBrowser(t, Config{}), serve(t, `<details><summary>More</summary>bare <p>in <a href=#>link</a></p></details><button>last</button>`, nil))
	if want := "[1] button \"More\" collapsed\n[3] button \"last\""; strings.TrimSpace(o.Text()) != want {
		t.Errorf("it shows\n%s", o.Text())
	}
	if o = step(t, p, "click('1')"); !strings.Contains(o.Text(), "text \"bare\"\ntext \"in\"\n[2] link \"link\"\n[3] button") {
		t.Errorf("unfolded it shows\n%s", o.Text())
	}
}

const switchedOff = `<fieldset disabled><input aria-label=field><select aria-label=list><option>a<option>b</select>
<label><input type=checkbox>box</label><button onclick="document.title = 'pressed'">button</button></fieldset>
<select aria-label=some><option>free<option disabled>taken<optgroup disabled label=g><option>grey</optgroup></select><input type=number aria-label=count>`

// TestSwitchedOff: what a fieldset or a list switches off is refused as if it were itself,
// and a field for numbers takes nothing else.
func TestSwitchedOff(t *testing.T) {
	p, o := openPage(t, testBrowser(t, Config{}), serve(t, switchedOff, nil))
	for _, tt := range []struct{ act, name, rest, problem string }{
		{"click", "button", "", "disabled: element"},
		{"focus", "field", "", "disabled: element"},
		{"fill", "field", ", 'x'", "disabled: element"},
		{"select_option", "list", ", 'b'", "disabled: element"},
		{"check", "box", "", "disabled: element"},
		{"select_option", "some", ", 'taken'", `does not let "taken" be chosen`},
		{"select_option", "some", ", 'grey'", `does not let "grey" be chosen`},
		{"fill", "count", ", 'many'", "malformed value: a spinbutton"},
	} {
		before := o.Text()
		o = step(t, p, tt.act+"('"+byName(t, o, tt.name)+"'"+tt.rest+")")
		if !strings.Contains(o.Problem, tt.problem) || o.Text() != before || strings.Contains(tt.problem, "takes no") && !strings.Contains(o.Text(), tt.name+"\" disabled") {
			t.Errorf("%s %s: problem %q, want %q; the page shows\n%s", tt.act, tt.name, o.Problem, tt.problem, o.Text())
		}
	}
	if o = step(t, p, "fill('"+byName(t, o, "count")+"', '-12.50')"); o.Problem != "" || !strings.Contains(o.Text(), `value="-12.50"`) {
		t.Errorf("problem %q\n%s", o.Problem, o.Text())
	}
}
