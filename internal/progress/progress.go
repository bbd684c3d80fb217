package progress

import "context"

// This file tells a caller how far the steps of a run are.

// A Step is what is being done, as a word for people.
type Step string

// The steps that take long. Several may be under way at once, and one may begin
// more than once.
const (
	StepUnpack Step = "unpacking"         // bytes, of the objects of archives
	StepRead   Step = "reading"           // files of trees
	StepHash   Step = "hashing"           // bytes
	StepEdit   Step = "editing"           // objects
	StepAsk    Step = "asking the loader" // objects, or sets of them
)

// Bytes tells whether a step is counted in bytes.
func (s Step) Bytes() bool { return s == StepUnpack || s == StepHash }

// A Progress is told that so much more of a step is done, or is to be done. It is
// called from several goroutines at once, often, and must be quick.
type Progress func(step Step, done, more int64)

type progressKey struct{}

// WithProgress makes every step that is given the context tell p.
func WithProgress(ctx context.Context, p Progress) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// begin announces so much of a step, and gives what to call as it is done.
func Begin(ctx context.Context, step Step, total int64) (done func(n int64)) {
	p, _ := ctx.Value(progressKey{}).(Progress)
	if p == nil {
		return func(int64) {}
	}
	p(step, 0, total)
	return func(n int64) { p(step, n, 0) }
}
