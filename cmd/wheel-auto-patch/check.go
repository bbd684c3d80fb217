package main

import (
	"context"
	"fmt"
	"io"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

type checkCmd struct {
	ReportFormat

	Paths []string `arg:"" name:"path" help:"Wheels or directories."`
}

// Run is called by kong.
func (c *checkCmd) Run(ctx context.Context, shared *Shared) error {
	o, err := shared.options()
	if err != nil {
		return cannot(c.Format, "check", c.Paths, err)
	}
	ctx, bar := shared.progress(ctx, "checking")
	out, err := pipeline.Check(ctx, c.Paths, o)
	bar.close()
	if err != nil {
		return cannot(c.Format, "check", c.Paths, err)
	}
	return shared.finish(c.Format, out.Report, result{text: func(w io.Writer) {
		found, needs := 0, 0
		for _, obj := range out.Report.Objects {
			for _, n := range obj.Needed {
				needs++
				if n.Status == plan.Found {
					found++
				}
			}
		}
		fmt.Fprintf(w, "%s: %d of %s found\n", words.Count(len(out.Report.Objects), "object"), found, words.Count(needs, "need"))
		if out.Checked > 0 {
			fmt.Fprintf(w, "the loader confirms %s\n", words.Count(out.Checked, "object"))
		}
	}})
}
