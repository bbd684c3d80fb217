package pool

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// Rule: never more than so many calls are under way at once, all are made, and
// less than one counts as one.
func TestEachIsBounded(t *testing.T) {
	for jobs, most := range map[int]int64{-1: 1, 0: 1, 1: 1, 3: 3} {
		var now, peak, calls atomic.Int64
		err := Each(context.Background(), jobs, 100, func(context.Context, int) error {
			peak.Store(max(peak.Load(), now.Add(1)))
			calls.Add(1)
			now.Add(-1)
			return nil
		})
		if err != nil || calls.Load() != 100 || peak.Load() > most {
			t.Errorf("%d jobs: %d calls, %d at once, %v", jobs, calls.Load(), peak.Load(), err)
		}
	}
}

// Rule: the first error ends the work and is returned; that of the caller's
// context too.
func TestEachStops(t *testing.T) {
	bad := errors.New("bad")
	calls := 0
	err := Each(context.Background(), 1, 100, func(_ context.Context, i int) error {
		if calls++; i == 3 {
			return bad
		}
		return nil
	})
	if !errors.Is(err, bad) || calls != 4 {
		t.Errorf("%v after %d calls", err, calls)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Each(ctx, 2, 5, func(context.Context, int) error { t.Error("called"); return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
