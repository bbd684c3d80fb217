package main

import (
	"context"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// archiveMemory is what the process tries to stay below for each wheel that it reads at once:
// what a wheel can make it hold is bounded, and with garbage collected early the process
// stays near that bound.
const archiveMemory = 24 << 20

type verifyCmd struct {
	Paths []string `arg:"" name:"path" help:"Wheels, folders of wheels, or directory trees."`

	searchFlags
	recordFlags
	reportFlags
	jobsFlag
}

// Run is called by kong.
func (c *verifyCmd) Run(ctx context.Context) error {
	return verify(ctx, c.Paths, c.options(), c.recordFlags, c.searchFlags, c.reportFlags)
}

// hookVerifyCmd is the first call of the setup hook, which has the flags of a derivation
// for both of its calls.
type hookVerifyCmd struct {
	Paths []string `arg:"" name:"path" help:"Wheels or directories."`

	patchFlags
}

// Run is called by kong.
func (c *hookVerifyCmd) Run(ctx context.Context) error {
	o := c.options()
	o.Outputs = true
	return verify(ctx, c.Paths, o, c.recordFlags, c.searchFlags, c.reportFlags)
}

func verify(ctx context.Context, paths []string, o pipeline.Options, rows recordFlags, search searchFlags, f reportFlags) error {
	rows.set(&o)
	if err := search.set(&o); err != nil {
		return cannot(f.Format, "verify", paths, err)
	}
	// A tree is read with its rows in memory. The limit would only cost time there.
	wheels, err := tree.Expand(paths)
	if err == nil && !slices.ContainsFunc(wheels, func(path string) bool { return !strings.HasSuffix(path, ".whl") }) {
		debug.SetMemoryLimit(int64(archiveMemory * min(len(wheels), o.Jobs, tree.MaxWindows)))
	}
	ctx, bar := showProgress(ctx, "verifying", f.Quiet)
	out, err := pipeline.Verify(ctx, paths, o)
	bar.close()
	if err != nil {
		return cannot(f.Format, "verify", paths, err)
	}
	return f.finish(ctx, out.Report, result{text: func(w io.Writer) { printRecords(w, out.Report.Records) }})
}
