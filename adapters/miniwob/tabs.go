package miniwob

import (
	"slices"
	"sync"

	"dreamgym/adapters/chrome"
)

// mostIdle is how many loaded pages are kept for the next Env; each costs about 30 MB.
const mostIdle = 6

// tabs keeps browser pages that still show their MiniWoB++ page: an episode starts in
// them without loading anything, and leaves nothing behind for the next.
type tabs struct {
	mu   sync.Mutex
	list []idleTab // the longest idle first
}

type idleTab struct {
	page string
	tab  *chrome.Page
}

// take answers a living page of a name, nil where there is none.
func (t *tabs) take(name string) *chrome.Page {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = slices.DeleteFunc(t.list, func(i idleTab) bool { return !i.tab.Alive() })
	for n, i := range slices.Backward(t.list) {
		if i.page == name {
			t.list = slices.Delete(t.list, n, n+1)
			return i.tab
		}
	}
	return nil
}

// give keeps a page; the one that was idle longest makes room.
func (t *tabs) give(name string, tab *chrome.Page) error {
	t.mu.Lock()
	t.list = append(t.list, idleTab{name, tab})
	var oldest *chrome.Page
	if len(t.list) > mostIdle {
		oldest = t.list[0].tab
		t.list = slices.Delete(t.list, 0, 1)
	}
	t.mu.Unlock()
	if oldest != nil {
		return oldest.Close()
	}
	return nil
}

// drop forgets all pages, which end with their browser.
func (t *tabs) drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = nil
}
