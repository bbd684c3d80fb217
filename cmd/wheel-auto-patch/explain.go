package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/bill"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/explain"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixexpr"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// What the process tries to stay below leaves room below 256 MiB for what the runtime does
// not count. What is known of many wheels takes more than the windows of one.
const (
	memoryLimit = 160 << 20
	perWheel    = 1 << 20
	mostMemory  = 208 << 20
)

// defaultLines is how many lines of text there are at most without --all.
const defaultLines = 60

type explainCmd struct {
	Paths  []string `arg:"" name:"path" help:"Wheels, folders of wheels, or directory trees."`
	Format string   `enum:"text,json,dot,html,nix,cyclonedx" default:"text" help:"text, json, dot (graphviz), html (one page), nix (an expression to start from) or cyclonedx (what is inside, as CycloneDX 1.6)."`
	All    bool     `help:"Show more than 60 lines: the C library, repeated subtrees and every place that was searched, too."`
	Depth  int      `type:"count" default:"2147483647" placeholder:"N" help:"Levels of the tree, 0 for none. Default: all."`
	Needs  string   `type:"glob" placeholder:"GLOB" help:"Show who needs these libraries and from where."`

	Extra []string `sep:"none" placeholder:"NAME" help:"With the dependencies of this extra (PEP 508), for nix and json. Repeat it."`

	searchFlags
	jobsFlag
}

// Run is called by kong.
func (c *explainCmd) Run(ctx context.Context) error {
	o := c.options()
	if err := c.searchFlags.set(&o); err != nil {
		return cannot(c.Format, "explain", c.Paths, err)
	}
	paths, err := tree.Expand(c.Paths)
	if err != nil {
		return cannot(c.Format, "explain", c.Paths, err)
	}
	// A small wheel is done before memory need ever be looked through, a large one
	// keeps below the limit.
	if len(paths) == 1 {
		debug.SetGCPercent(400)
	}
	debug.SetMemoryLimit(min(memoryLimit+int64(len(paths))*perWheel, mostMemory))
	ctx, bar := showProgress(ctx, "explaining", false)
	model, err := pipeline.Explain(ctx, paths, o, pipeline.ExplainOptions{
		Hash: c.Format == "nix" || c.Format == "html" || c.Format == "cyclonedx",
		Bill: c.Format == "cyclonedx", Plan: c.Format == "json", Extras: c.Extra,
	})
	bar.close()
	if err != nil {
		return cannot(c.Format, "explain", c.Paths, err)
	}
	out := bufio.NewWriter(os.Stdout)
	if err := c.write(out, model); errors.Is(err, nixexpr.ErrNoWheel) {
		if told := c.unreadable(ctx, model.Report().Problems); told == nil {
			fmt.Fprintf(os.Stderr, "wheel-auto-patch: error: %v\n", err)
		}
		return errProblems
	} else if errors.Is(err, explain.ErrNoMatch) {
		return errors.Join(out.Flush(), errProblems)
	} else if err != nil {
		return cannot(c.Format, "explain", c.Paths, err)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return c.unreadable(ctx, model.Report().Problems)
}

// unreadable tells on stderr, unless the document has it, of each .whl that could not be
// read: the only errors of a view.
func (c *explainCmd) unreadable(ctx context.Context, problems []problem.Problem) error {
	problems = slices.DeleteFunc(problems, func(p problem.Problem) bool { return p.Severity != problem.Error })
	if len(problems) == 0 {
		return nil
	}
	if c.Format != "json" {
		r := report.New("explain", nil)
		r.Problems = problems
		if err := (reportFlags{}).printProblems(ctx, r, ""); err != nil {
			return err
		}
	}
	return errProblems
}

func (c *explainCmd) write(w io.Writer, m explain.Model) error {
	switch c.Format {
	case "json":
		return printJSON(w, m.Report())
	case "dot":
		return explain.Dot(w, m)
	case "html":
		return explain.HTML(w, m)
	case "nix":
		return nixexpr.Write(w, m.Packages())
	case "cyclonedx":
		return bill.Write(w, m.Bill(), version)
	case "text":
		return explain.Text(w, m, explain.TextOptions{
			Color: colored(os.Stdout), Width: terminalWidth(os.Stdout), All: c.All, Depth: c.Depth, NoTree: c.Depth == 0, Needs: c.Needs,
			Lines: map[bool]int{false: defaultLines}[c.All],
		})
	}
	return fmt.Errorf("explain: unknown format %q", c.Format)
}
