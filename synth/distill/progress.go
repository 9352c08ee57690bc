package distill

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// report tells of progress until the function that it answers is called.
func (r *annotating) report(to io.Writer) (stop func()) {
	if to == nil {
		return func() {}
	}
	tick := time.NewTicker(2 * time.Second)
	done := make(chan struct{})
	var told sync.WaitGroup
	told.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				fmt.Fprintln(to, r.progress())
			}
		}
	})
	return func() {
		tick.Stop()
		close(done)
		told.Wait()
		fmt.Fprintln(to, r.progress())
	}
}

func (r *annotating) progress() string {
	total := r.todo
	if r.Limit > 0 {
		total = min(total, r.Limit)
	}
	s := r.summary()
	return fmt.Sprintf("%d of %d steps annotated, %d kept, cost %.4f", s.Annotated, total, s.Kept, s.Usage.Cost)
}
