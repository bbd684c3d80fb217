package main

import (
	"context"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
)

// archiveMemory is what the process tries to stay below while it reads wheels: what a
// wheel can make it hold is bounded, and with garbage collected early the process stays
// near that bound.
const archiveMemory = 24 << 20

type verifyCmd struct {
	ReportFormat

	Paths []string `arg:"" name:"path" help:"Wheels or directories."`
	Wheel []string `sep:"none" placeholder:"FILE" help:"The wheel that the trees were installed from. Repeat it."`
}

// Run is called by kong.
func (c *verifyCmd) Run(ctx context.Context, shared *Shared) error {
	o, err := shared.options()
	if err != nil {
		return cannot(c.Format, "verify", c.Paths, err)
	}
	o.Wheels = c.Wheel
	// A tree is read with its rows in memory. The limit would only cost time there.
	if !slices.ContainsFunc(c.Paths, func(path string) bool { return !strings.HasSuffix(path, ".whl") }) {
		debug.SetMemoryLimit(archiveMemory)
	}
	ctx, bar := shared.progress(ctx, "verifying")
	out, err := pipeline.Verify(ctx, c.Paths, o)
	bar.close()
	if err != nil {
		return cannot(c.Format, "verify", c.Paths, err)
	}
	return shared.finish(c.Format, out.Report, result{text: func(w io.Writer) { printRecords(w, out.Report.Records) }})
}
