package main

import (
	"context"
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
)

// progressAfter is how long a command may be silent.
const progressAfter = time.Second

// Bars show on a terminal what a command that takes long is at: a line
// with the time, and a bar for each step. It writes to stderr, and nothing at all
// where that is no terminal, under CI, with NO_COLOR, with TERM=dumb, with --quiet
// or with --verbose.
type bars struct {
	all   *mpb.Progress // nil where nothing is shown
	what  *mpb.Bar
	timer *time.Timer

	mu    sync.Mutex
	steps map[progress.Step]*stepBar
}

// A stepBar is the bar of one step, of which ever more may come.
type stepBar struct {
	bar         *mpb.Bar
	done, total int64
	told        time.Time // when the bar was told these last
}

// tellEvery is how long a bar is left alone: steps call tens of thousands of
// times a second.
const tellEvery = 50 * time.Millisecond

// progress starts bars, which show themselves after a second, and returns the context
// to run the command with. They must be closed before anything else is printed.
func (s *Shared) progress(ctx context.Context, what string) (context.Context, *bars) {
	if s.Quiet || s.Verbose || !showsProgress(os.Stderr) {
		return ctx, new(bars)
	}
	p := newBars(os.Stderr, what, progressAfter)
	return progress.WithProgress(ctx, p.step), p
}

func newBars(w io.Writer, what string, after time.Duration, options ...mpb.ContainerOption) *bars {
	late := make(chan any)
	p := &bars{steps: map[progress.Step]*stepBar{}}
	p.timer = time.AfterFunc(after, func() { close(late) })
	p.all = mpb.New(append(options, mpb.WithOutput(w), mpb.WithWidth(32), mpb.WithRenderDelay(late))...)
	p.what = p.all.AddSpinner(1, mpb.BarWidth(3),
		mpb.PrependDecorators(decor.Name(what, decor.WCSyncSpaceR)), mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_GO)))
	return p
}

// step is a [progress.Progress].
func (p *bars) step(step progress.Step, done, more int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.steps[step]
	if s == nil {
		counters := decor.CountersNoUnit("%d of %d")
		if step.Bytes() {
			counters = decor.CountersKibiByte("% .0f of % .0f")
		}
		// With a total of 0 a bar does not end when it is full.
		s = &stepBar{bar: p.all.AddBar(0, mpb.PrependDecorators(decor.Name("  "+string(step), decor.WCSyncSpaceR)), mpb.AppendDecorators(counters))}
		p.steps[step] = s
	}
	s.total, s.done = s.total+more, s.done+done
	if now := time.Now(); now.Sub(s.told) > tellEvery || s.done == s.total {
		s.told = now
		s.bar.SetTotal(s.total, false)
		s.bar.SetCurrent(s.done)
	}
}

// close takes the bars away.
func (p *bars) close() {
	if p.all == nil {
		return
	}
	p.timer.Stop()
	for _, s := range p.steps {
		s.bar.Abort(true)
	}
	p.what.Abort(true)
	p.all.Wait()
}

func showsProgress(f *os.File) bool {
	return colored(f) && os.Getenv("CI") == ""
}
