package conns

import (
	"testing"

	"dreamgym/envserver/gym"
)

// TestRoom has two sets share room for two.
func TestRoom(t *testing.T) {
	room := NewRoom(2)
	some, others := New[int](room), New[string](room)
	if some.Add(1) != nil || others.Add("a") != nil {
		t.Fatal("there is room for two")
	}
	if err := some.Add(2); gym.CodeOf(err) != gym.CodeCapacityReached {
		t.Errorf("a third is answered with %v", err)
	}
	others.Remove("a")
	if err := some.Add(2); err != nil {
		t.Errorf("where one has left: %v", err)
	}
	if err := others.Add("b"); gym.CodeOf(err) != gym.CodeCapacityReached {
		t.Errorf("a third of another set is answered with %v", err)
	}
	if len(some.All()) != 2 || len(others.All()) != 0 {
		t.Errorf("there are %v and %v", some.All(), others.All())
	}
}

// TestClosed takes nobody in, and waits for who is there.
func TestClosed(t *testing.T) {
	s := New[int](nil)
	for i := range 100 {
		if err := s.Add(i); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	if err := s.Add(100); gym.CodeOf(err) != gym.CodeShuttingDown || !s.Closed() {
		t.Errorf("a closed set answers %v", err)
	}
	gone := make(chan struct{})
	go func() {
		s.Wait()
		close(gone)
	}()
	for i := range 100 {
		select {
		case <-gone:
			t.Fatal("there are some left")
		default:
		}
		s.Remove(i)
	}
	<-gone
}
