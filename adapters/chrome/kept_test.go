package chrome

import "testing"

// TestWokenDocuments find what theirs was given: storage, the state of their place in the
// history, and the view that is taken of them.
func TestWokenDocuments(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<button onclick="sessionStorage.s = 'mine'; history.replaceState({at: 7}, ''); location.reload()">go</button>
		<em>unseen</em><script>document.write('<p>' + sessionStorage.s + ' ' + JSON.stringify(history.state))</script>`, nil))
	p.View(View{Ignore: "em", Probe: "1 + 1"})
	o := step(t, p, "click('1')")
	if want := "[1] button \"go\"\ntext \"mine {\\\"at\\\":7}\""; o.Text() != want {
		t.Fatalf("got\n%s\nwant\n%s", o.Text(), want)
	}
	if err := park(t, p); err != nil {
		t.Fatal(err)
	}
	if woken := step(t, p, "noop()"); woken.Text() != o.Text() || string(woken.Probe) != "2" {
		t.Errorf("the page wakes with the probe %s as\n%s\nand was\n%s", woken.Probe, woken.Text(), o.Text())
	}
}
