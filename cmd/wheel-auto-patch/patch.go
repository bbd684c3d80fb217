package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

type patchCmd struct {
	Paths []string `arg:"" name:"dir" help:"Directories: the outputs of one derivation."`

	patchFlags
}

// patchFlags are those of patch.
type patchFlags struct {
	searchFlags
	targetFlags
	recordFlags
	reportFlags
	jobsFlag

	RuntimeDependency []string `sep:"none" type:"rundir" placeholder:"DIR" help:"Directory of libraries that programs load at run time. Repeat it."`
	AppendRpath       []string `sep:"none" type:"entry" placeholder:"DIR" help:"Directory to append to every RUNPATH; it may begin with $ORIGIN. Repeat it."`
	Layout            string   `enum:"auto,origin,flat,link" default:"${layout}" help:"Edit objects and leave bundled libraries where they are (origin), or gather these in lib/ (flat); place links where objects search, and edit the others (link); or as origin, but link where an edit is large or fails (auto)."`
	Patchelf          string   `placeholder:"PATH" help:"The patchelf program. Default: from PATH."`
	PatchelfFlag      []string `sep:"none" placeholder:"FLAG" help:"A further flag for patchelf. Repeat it."`
	KeepLibc          bool     `help:"Keep directories of the C library in RUNPATH."`
	ClearExecstack    bool     `help:"Clear the executable-stack flag of objects that ask for it."`
	UpdateRecord      string   `enum:"edited,all" default:"edited" help:"Rewrite the RECORD rows of the files that were patched (edited), or of everything that has changed since (all)."`
	DryRun            bool     `help:"Print the plan and write nothing."`
	Verbose           bool     `short:"v" xor:"loudness" help:"Print what is edited, and why."`
}

// set takes the flags that no other command has.
func (f patchFlags) set(o *pipeline.Options) (err error) {
	o.Layout, o.UpdateAllRecords, o.DryRun = plan.Layout(f.Layout), f.UpdateRecord == "all", f.DryRun
	o.AppendRpaths, o.KeepLibc, o.ClearExecstack = f.AppendRpath, f.KeepLibc, f.ClearExecstack
	o.Patchelf, o.PatchelfFlags = f.Patchelf, f.PatchelfFlag
	o.RuntimeDependencies, err = absolute(f.RuntimeDependency)
	return err
}

// Run is called by kong.
func (c *patchCmd) Run(ctx context.Context) error {
	o := c.options()
	c.recordFlags.set(&o)
	if err := errors.Join(c.targetFlags.set(&o), c.searchFlags.set(&o), c.patchFlags.set(&o)); err != nil {
		return cannot(c.Format, "patch", c.Paths, err)
	}
	ctx, bar := showProgress(ctx, "patching", c.Quiet || c.Verbose)
	out, err := pipeline.Patch(ctx, c.Paths, o)
	bar.close()
	if err != nil {
		return cannot(c.Format, "patch", c.Paths, err)
	}
	return c.finish(ctx, out.Report, result{outcome: "nothing was changed", text: func(w io.Writer) {
		printRecords(w, out.Report.Records)
		if c.DryRun || c.Verbose {
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
	for _, path := range plan.Unlinks {
		fmt.Fprintf(w, "remove link %s\n", words.Printable(path))
	}
	for _, l := range plan.Links {
		fmt.Fprintf(w, "link %s\n  to %s\n", words.Printable(l.Path), words.Printable(l.Target))
		for _, object := range l.For {
			fmt.Fprintf(w, "    for %s\n", words.Printable(object))
		}
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
	p := out.Plan
	switch {
	case problem.Failed(out.Report.Problems): // the problems end with that
	case len(p.Objects)+len(p.Moves)+len(p.Links)+len(p.Unlinks) == 0:
		fmt.Fprintln(w, "no ELF objects: nothing to change")
	case edits+len(p.Moves)+len(p.Links)+len(p.Unlinks) == 0:
		fmt.Fprintf(w, "nothing to change in %s\n", objects)
	case dryRun:
		fmt.Fprintf(w, "would edit %d of %s%s\n", edits, objects, linkCounts(p))
	default:
		fmt.Fprintf(w, "edited %d of %s%s\n", edits, objects, linkCounts(p))
	}
	printLinked(w, p)
	if n := len(out.Updated); n > 0 {
		fmt.Fprintf(w, "rewrote %s\n", words.Printable(strings.Join(out.Updated, ", ")))
	}
	if out.Checked > 0 {
		fmt.Fprintf(w, "the loader confirms %s\n", words.Count(out.Checked, "object"))
	}
}

// linkCounts returns how many links are placed and removed, as an end of a line.
func linkCounts(p plan.Plan) string {
	var s string
	if n := len(p.Links); n > 0 {
		served := map[string]bool{}
		for _, l := range p.Links {
			for _, object := range l.For {
				served[object] = true
			}
		}
		s = ", " + words.Count(n, "link") + " for " + words.Count(len(served), "other")
	}
	if n := len(p.Unlinks); n > 0 {
		s += ", without " + words.Count(n, "link") + " of another layout"
	}
	return s
}

// printLinked says why objects are served by links which the layout would have edited.
func printLinked(w io.Writer, p plan.Plan) {
	for _, o := range p.Objects {
		if o.Linked != "" {
			fmt.Fprintf(w, "linked, not edited: %s: %s\n", words.Printable(o.Path), words.Printable(o.Linked))
		}
	}
}
