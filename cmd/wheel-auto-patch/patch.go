package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

type patchCmd struct {
	ReportFormat

	Paths        []string `arg:"" name:"dir" help:"Directories: the outputs of one derivation."`
	DryRun       bool     `help:"Print the plan and write nothing."`
	UpdateRecord string   `enum:"edited,all" default:"edited" help:"Rewrite the RECORD rows of the files that were patched (edited), or of everything that has changed since (all)."`
	Wheel        []string `sep:"none" placeholder:"FILE" help:"The wheel that the trees were installed from. Repeat it."`
}

// Run is called by kong.
func (c *patchCmd) Run(ctx context.Context, shared *Shared) error {
	o, err := shared.options()
	if err != nil {
		return cannot(c.Format, "patch", c.Paths, err)
	}
	o.DryRun = c.DryRun
	o.UpdateAllRecords = c.UpdateRecord == "all"
	o.Wheels = c.Wheel
	ctx, bar := shared.progress(ctx, "patching")
	out, err := pipeline.Patch(ctx, c.Paths, o)
	bar.close()
	if err != nil {
		return cannot(c.Format, "patch", c.Paths, err)
	}
	return shared.finish(c.Format, out.Report, result{outcome: "nothing was changed", text: func(w io.Writer) {
		printRecords(w, out.Report.Records)
		if c.DryRun || shared.Verbose {
			printPlan(w, out.Plan)
		}
		printPatched(w, out, c.DryRun)
	}})
}

// printPlan writes what is edited and why.
func printPlan(w io.Writer, plan plan.Plan) {
	for _, m := range plan.Moves {
		fmt.Fprintf(w, "move %s\n  to %s\n", words.Printable(m.From), words.Printable(m.To))
	}
	for _, o := range plan.Objects {
		if o.Edit == nil {
			continue
		}
		fmt.Fprintf(w, "edit %s\n", words.Printable(o.Path))
		if o.Edit.Interpreter != "" {
			fmt.Fprintf(w, "  interpreter %s\n", o.Edit.Interpreter)
		}
		if o.Edit.SetRunpath {
			kind := "RUNPATH"
			if o.Edit.ForceRpath {
				kind = "RPATH"
			}
			fmt.Fprintf(w, "  %s %s\n", kind, words.Printable(strings.Join(o.Edit.Runpath, ":")))
		}
		for _, reason := range o.Edit.Reasons {
			fmt.Fprintf(w, "    %s\n", words.Printable(reason))
		}
	}
}

// printPatched writes what was done, in one line.
func printPatched(w io.Writer, out pipeline.Outcome, dryRun bool) {
	edits := 0
	for _, o := range out.Plan.Objects {
		if o.Edit != nil {
			edits++
		}
	}
	objects := words.Count(len(out.Plan.Objects), "object")
	switch {
	case problem.Failed(out.Report.Problems): // the problems end with that
	case edits == 0 && len(out.Plan.Moves) == 0:
		fmt.Fprintf(w, "nothing to change in %s\n", objects)
	case dryRun:
		fmt.Fprintf(w, "would edit %d of %s\n", edits, objects)
	default:
		fmt.Fprintf(w, "edited %d of %s\n", edits, objects)
	}
	if n := len(out.Updated); n > 0 {
		fmt.Fprintf(w, "rewrote %s\n", words.Printable(strings.Join(out.Updated, ", ")))
	}
	if out.Checked > 0 {
		fmt.Fprintf(w, "the loader confirms %s\n", words.Count(out.Checked, "object"))
	}
}
