// Package progress counts, through a context, how much the steps of a run have to
// do and have done. The steps call Begin: reading and unpacking in tree, hashing in
// record, editing in apply, asking the loader in check. The command calls
// WithProgress and draws a bar. The package prints nothing and holds nothing; where
// nobody listens, counting allocates nothing.
package progress

import "context"

// A Step names one kind of work, in words for the bar.
type Step string

// The steps that take long. Several may be under way at once, and one may begin
// more than once.
const (
	StepWheels Step = "wheels"            // wheels and trees, of several
	StepUnpack Step = "unpacking"         // bytes, of the objects of archives
	StepRead   Step = "reading"           // files of trees
	StepHash   Step = "hashing"           // bytes
	StepEdit   Step = "editing"           // objects
	StepAsk    Step = "asking the loader" // objects, or batches of them
)

// Bytes reports whether a step is counted in bytes.
func (s Step) Bytes() bool { return s == StepUnpack || s == StepHash }

// A listener is what WithProgress puts into the context.
type listener func(step Step, done, more int64)

type listenerKey struct{}

// WithProgress returns a context whose steps call listen: done more units of step
// are done, and more units are to be done. It is called often, by several
// goroutines at once, and must be quick.
func WithProgress(ctx context.Context, listen func(step Step, done, more int64)) context.Context {
	return context.WithValue(ctx, listenerKey{}, listener(listen))
}

// Begin announces total units of a step. It returns the function to call with each
// number of units that is done.
func Begin(ctx context.Context, step Step, total int64) (done func(n int64)) {
	listen, _ := ctx.Value(listenerKey{}).(listener)
	if listen == nil {
		return func(int64) {}
	}
	listen(step, 0, total)
	return func(n int64) { listen(step, n, 0) }
}

// BeginWheels announces that several wheels or trees are worked on one by one: what each
// has to do shows only once it begins. One alone is not announced.
func BeginWheels(ctx context.Context, n int) (done func(n int64)) {
	if n < 2 {
		return func(int64) {}
	}
	return Begin(ctx, StepWheels, int64(n))
}
