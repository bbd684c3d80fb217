package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

type checkCmd struct {
	Paths []string `arg:"" name:"path" help:"Wheels, folders of wheels, or directory trees."`

	searchFlags
	targetFlags
	reportFlags
	jobsFlag
}

// Run is called by kong.
func (c *checkCmd) Run(ctx context.Context) error {
	o := c.options()
	if err := errors.Join(c.targetFlags.set(&o), c.searchFlags.set(&o)); err != nil {
		return cannot(c.Format, "check", c.Paths, err)
	}
	debug.SetMemoryLimit(mostMemory)
	ctx, bar := showProgress(ctx, "checking", c.Quiet)
	out, err := pipeline.Check(ctx, c.Paths, o)
	bar.close()
	if err != nil {
		return cannot(c.Format, "check", c.Paths, err)
	}
	return c.finish(ctx, out.Report, result{text: func(w io.Writer) {
		found, needs := 0, 0
		for _, obj := range out.Report.Objects {
			for _, n := range obj.Needed {
				needs++
				if n.Status == plan.Found {
					found++
				}
			}
		}
		if len(out.Report.Objects) == 0 {
			if !problem.Failed(out.Report.Problems) { // what could not be read is no tree without objects
				fmt.Fprintln(w, "no ELF objects: nothing to check")
			}
			return
		}
		objects := words.Count(len(out.Report.Objects), "object")
		switch {
		case needs > 0:
			fmt.Fprintf(w, "%s: %d of %s found\n", objects, found, words.Count(needs, "need"))
		case !problem.Failed(out.Report.Problems): // else they may be of another machine
			fmt.Fprintf(w, "%s, and no library is needed\n", objects)
		}
		if out.Checked > 0 {
			fmt.Fprintf(w, "the loader confirms %s\n", words.Count(out.Checked, "object"))
		}
	}})
}
