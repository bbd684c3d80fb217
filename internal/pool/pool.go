// Package pool does one piece of work for many things, at most so many at a
// time: what --jobs bounds goes through here. Every room that works side by side
// calls it; only apply, which has a budget of memory as well, counts by itself.
package pool

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Each calls f with 0 to n-1, in that order, at most jobs at a time. It returns
// the first error, after which no more calls begin and the context that f was
// given is done. If ctx ends, that is the error.
func Each(ctx context.Context, jobs, n int, f func(ctx context.Context, i int) error) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(max(1, jobs))
	for i := range n {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error {
			if inner.Err() != nil {
				return inner.Err()
			}
			return f(inner, i)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
