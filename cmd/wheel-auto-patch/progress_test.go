package main

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vbauerster/mpb/v8"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
)

// A screen is what was written so far.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// Rule: each step has a line with what is done and what is to be done, both as
// they grow, in the units of the step, from however many goroutines.
func TestProgressShowsSteps(t *testing.T) {
	var s screen
	p := newBars(&s, "patching", 0, mpb.WithAutoRefresh())
	p.step(progress.StepHash, 0, 3<<20)
	p.step(progress.StepEdit, 0, 5)
	var wait sync.WaitGroup
	for range 5 {
		wait.Go(func() { p.step(progress.StepEdit, 1, 1) })
	}
	wait.Wait()
	p.step(progress.StepEdit, 5, 0)
	p.step(progress.StepHash, 3<<20, 0)
	want := []string{"patching", "hashing", "3 MiB of 3 MiB", "editing", "10 of 10"}
	missing := func() (list []string) {
		for _, w := range want {
			if !strings.Contains(s.String(), w) {
				list = append(list, w)
			}
		}
		return list
	}
	for deadline := time.Now().Add(20 * time.Second); len(missing()) > 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	p.close()
	if list := missing(); len(list) > 0 {
		t.Errorf("no %q in\n%s", list, s.String())
	}
}

// Rule: what is soon done shows nothing.
func TestProgressWaits(t *testing.T) {
	var s screen
	p := newBars(&s, "patching", time.Hour, mpb.WithAutoRefresh())
	p.step(progress.StepEdit, 1, 1)
	p.close()
	if got := s.String(); strings.Contains(got, "editing") {
		t.Errorf("%q", got)
	}
}

// Rule: a bar never goes back, though more to do becomes known while it is shown, and it is
// full at the end.
func TestProgressNeverGoesBack(t *testing.T) {
	p := newBars(new(screen), "verifying", time.Hour)
	defer p.close()
	var drawn []int64
	step := func(done, more int64) {
		p.step(progress.StepHash, done, more)
		drawn = append(drawn, p.steps[progress.StepHash].length)
	}
	step(0, 4)
	step(3, 0)
	step(0, 96)
	step(27, 0)
	step(70, 0)
	if want := []int64{0, 750, 750, 750, barLength}; !slices.Equal(drawn, want) {
		t.Errorf("%d of %d", drawn, barLength)
	}
}
