package main

import (
	"context"
	"io"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
)

type verifyCmd struct {
	ReportFormat

	Paths []string `arg:"" name:"path" help:"Wheels or directories."`
	Wheel []string `sep:"none" placeholder:"FILE" help:"The wheel that the trees were installed from. Repeat it."`
}

// Run is called by kong.
func (c *verifyCmd) Run(ctx context.Context, shared *Shared) error {
	o, err := shared.options()
	if err != nil {
		return err
	}
	o.Wheels = c.Wheel
	ctx, bar := shared.progress(ctx, "verifying")
	out, err := pipeline.Verify(ctx, c.Paths, o)
	bar.close()
	if err != nil {
		return err
	}
	return shared.finish(c.Format, out.Report, result{text: func(w io.Writer) { printRecords(w, out.Report.Records) }})
}
