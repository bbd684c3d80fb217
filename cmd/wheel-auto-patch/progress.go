package main

import (
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// This file shows on a terminal that work is being done.

// progressAfter is how long a command may be silent.
const progressAfter = time.Second

// A progress shows on a terminal that a command which takes long is at work. It
// writes to stderr, and nothing at all where that is no terminal, under CI, with
// NO_COLOR, with TERM=dumb, with --quiet or with --verbose.
type progress struct {
	all   *mpb.Progress
	bar   *mpb.Bar
	timer *time.Timer
}

// progress starts one; it shows itself after a second. With several steps it is
// a bar, else a spinner. It must be closed before anything else is printed.
func (s *Shared) progress(what string, steps int) *progress {
	p := &progress{}
	if s.Quiet || s.Verbose || !showsProgress(os.Stderr) {
		return p
	}
	late := make(chan struct{})
	p.timer = time.AfterFunc(progressAfter, func() { close(late) })
	p.all = mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(32), mpb.WithRenderDelay(late))
	options := []mpb.BarOption{
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(what)),
		mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_GO)),
	}
	if steps <= 1 {
		p.bar = p.all.AddSpinner(1, append(options, mpb.BarWidth(3))...)
		return p
	}
	p.bar = p.all.AddBar(int64(steps), append(options, mpb.AppendDecorators(decor.CountersNoUnit("  %d of %d")))...)
	return p
}

// step counts one thing as done. It may be called from several goroutines.
func (p *progress) step() {
	if p.bar != nil {
		p.bar.Increment()
	}
}

// close takes the bar away.
func (p *progress) close() {
	if p.bar == nil {
		return
	}
	p.timer.Stop()
	p.bar.Abort(true)
	p.all.Wait()
}

func showsProgress(f *os.File) bool {
	return term.IsTerminal(int(f.Fd())) && os.Getenv("CI") == "" && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
