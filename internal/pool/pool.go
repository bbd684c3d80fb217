// Package pool calls one function for many items, a bounded number at a time: it is
// where --jobs is kept to. tree, record, plan, check and explain call it; apply does
// so to remove files, but not for its edits, which have a budget of memory as well. It keeps no results and no goroutines:
// when Each returns, all calls have ended.
package pool

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Each calls f with 0 to n-1, begun in that order, at most jobs at a time; fewer
// than one counts as one. It returns the first error, after which no call begins
// and the context passed to f is done. Where ctx ends it returns ctx.Err().
func Each(ctx context.Context, jobs, n int, f func(ctx context.Context, i int) error) error {
	g, inner := errgroup.WithContext(ctx)
	// A goroutine for each item would cost as much as reading a small file does.
	var begun atomic.Int64
	for range min(max(1, jobs), n) {
		g.Go(func() error {
			for {
				i := int(begun.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := inner.Err(); err != nil {
					return err
				}
				if err := f(inner, i); err != nil {
					return err
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// Do is Each for calls that cannot fail and that leave it to their caller to look at ctx.
func Do(ctx context.Context, jobs, n int, f func(i int)) {
	_ = Each(ctx, jobs, n, func(_ context.Context, i int) error {
		f(i)
		return nil
	})
}
