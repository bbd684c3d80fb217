package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
)

// progressAfter is how long a command may be silent.
const progressAfter = time.Second

// Bars show on a terminal what a command that takes long is at: a line
// with the time, and a bar for each step. It writes to stderr, and nothing at all
// where that is no terminal, under CI, with NO_COLOR, with TERM=dumb, or where a command
// is silent, as with --quiet and --verbose.
type bars struct {
	all   *mpb.Progress // nil where nothing is shown
	what  *mpb.Bar
	timer *time.Timer

	mu    sync.Mutex
	steps map[progress.Step]*stepBar
}

// A stepBar is the bar of one step, of which ever more may come. Its counters say what is
// known; its length never shrinks, but waits until that much of a greater whole is done.
type stepBar struct {
	bar         *mpb.Bar
	done, total atomic.Int64
	length      int64     // the greatest part of barLength that was done so far
	told        time.Time // when the bar was told that last
}

// barLength is the total of every bar.
const barLength = 1000

// filled returns the length, once more is known.
func (s *stepBar) filled() int64 {
	if total := s.total.Load(); total > 0 {
		s.length = max(s.length, int64(barLength*float64(s.done.Load())/float64(total)))
	}
	return s.length
}

// counters returns what is done, and how much there is. The goroutine that draws calls it.
func (s *stepBar) counters(bytes bool) string {
	done, total := s.done.Load(), s.total.Load()
	if bytes {
		return fmt.Sprintf("% .0f of % .0f", decor.SizeB1024(done), decor.SizeB1024(total))
	}
	return fmt.Sprintf("%d of %d", done, total)
}

// tellEvery is how long a bar is left alone: steps call tens of thousands of
// times a second.
const tellEvery = 50 * time.Millisecond

// showProgress starts bars, which show themselves after a second, and returns the context
// to run the command with. They must be closed before anything else is printed.
func showProgress(ctx context.Context, what string, silent bool) (context.Context, *bars) {
	if silent || !showsProgress(os.Stderr) {
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
		s = new(stepBar)
		counters := decor.Any(func(decor.Statistics) string { return s.counters(step.Bytes()) })
		// With a total of 0 a bar does not end when it is full.
		s.bar = p.all.AddBar(0, mpb.PrependDecorators(decor.Name("  "+string(step), decor.WCSyncSpaceR)), mpb.AppendDecorators(counters))
		s.bar.SetTotal(barLength, false)
		p.steps[step] = s
	}
	total, all := s.total.Add(more), s.done.Add(done)
	length := s.filled()
	if now := time.Now(); now.Sub(s.told) > tellEvery || all == total {
		s.told = now
		s.bar.SetCurrent(length)
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
