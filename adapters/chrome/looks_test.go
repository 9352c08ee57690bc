package chrome

import (
	"strings"
	"testing"
)

const pictures = `
<style>body { margin: 0 } div, span { display: block } .b { width: 20px; height: 20px }</style>
<svg id=plan width=200 height=100 style="display:block">
  <circle cx=20 cy=20 r=5 fill=red /><line x1=0 y1=50 x2=40 y2=50 stroke=black stroke-width=2 />
  <circle cx=60 cy=20 r=5 fill=aqua onclick="1" /><circle cx=90 cy=20 r=5 fill=aqua onclick="1" />
  <rect x=100 y=40 width=30 height=20 fill="rgb(250,210,210)" onclick="1" />
  <polygon points="150,60 170,60 160,40" fill=green onclick="1" />
  <polygon points="150,90 170,90 165,70 155,70" fill=green onclick="1" />
  <text x=10 y=90 font-size=20 fill=blue onclick="1">7</text>
</svg>
<div class=b style="background:hsl(120,40%,20%)" onclick="1"></div>
<div class=b style="background:rgb(60,60,62)" onclick="1"></div>
<div class=b style="background:orange"></div>
<div class=ui-sortable><span>Ada</span><span>Bob</span></div>
<div draggable=true>Load</div>
<div class=b>text</div>
<textarea></textarea>
<div style="height:30px;overflow:auto" id=list><div style="height:2000px"></div><button>End</button></div>`

const seenOfPictures = `[1] clickable "cyan circle 10x10 at 60,20"
[2] clickable "cyan circle 10x10 at 90,20"
[3] clickable "light red rectangle 30x20"
[4] clickable "green triangle 20x20"
[5] clickable "green polygon of 4 20x20"
[6] clickable "7 blue 20px"
[7] clickable "dark green b"
[8] clickable "dark grey b"
[9] clickable "Ada"
[10] clickable "Bob"
[11] clickable "Load"
text "text"
[12] textbox "textarea"
[13] button "End"`

// TestLooks: what has no text is told apart by what it looks like, and where it is.
func TestLooks(t *testing.T) {
	p, o := openPage(t, testBrowser(t, Config{}), serve(t, pictures, nil))
	if o.Text() != seenOfPictures {
		t.Errorf("got\n%s\nwant\n%s", o.Text(), seenOfPictures)
	}
	p.View(View{Drawings: true})
	o = step(t, p, "noop()")
	for _, want := range []string{`image "red circle 10x10 at 20,20"`, `image "black line 40x0 at 20,50"`, `image "orange b at 10,150"`} {
		if !strings.Contains(o.Text(), want+"\n") {
			t.Errorf("no %s in\n%s", want, o.Text())
		}
	}
	long := strings.Repeat("word ", 100) + "last"
	if o = step(t, p, "fill('12', '"+long+"')"); !strings.Contains(o.Text(), `word last"`) || strings.Contains(o.Text(), long) {
		t.Errorf("the area shows\n%s", o.Text())
	}
	// What a list has scrolled out of its view is still there.
	if o = step(t, p, "click('13')"); o.Problem != "" {
		t.Error(o.Problem)
	}
	if o = step(t, p, "noop()"); !strings.Contains(o.Text(), `[13] button "End"`) {
		t.Errorf("scrolled, it shows\n%s", o.Text())
	}
}
