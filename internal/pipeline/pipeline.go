package pipeline

// This file puts the steps together, one function a command. Everything that is
// wrong is gathered before anything is written.

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/apply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/check"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// An Outcome is a report and the plan that led to it.
type Outcome struct {
	Report  report.Report
	Plan    plan.Plan
	Updated []string // RECORD files that were rewritten
	Checked int      // objects that the loader was asked about
}

// A run is one command at work.
type run struct {
	Outcome
	options Options
	roots   tree.Roots
	trees   []*tree.Listing
	found   tree.Inventory
	dists   record.Dists // as verification found them
}

func newRun(command string, paths []string, o Options) (*run, error) {
	roots, err := tree.NewRoots(paths)
	if err != nil {
		return nil, err
	}
	return &run{options: o, roots: roots, Outcome: Outcome{Report: report.New(command, paths)}}, nil
}

// Patch verifies, plans, edits and checks the trees at paths. It writes nothing
// if anything is an error before, or if o.DryRun is set; it puts everything
// back if an edit, the loader or RECORD fails, and first of all what a run left
// that was killed.
func Patch(ctx context.Context, paths []string, o Options) (Outcome, error) {
	if err := refuseArchives(paths); err != nil {
		return Outcome{}, err
	}
	r, err := newRun("patch", paths, o)
	if err != nil {
		return Outcome{}, err
	}
	if !o.DryRun {
		if _, err := apply.Recover(r.roots); err != nil {
			return Outcome{}, err
		}
	}
	if err := r.survey(ctx, true, plan.Make); err != nil {
		return r.Outcome, err
	}
	if o.DryRun || changes(r.Plan) {
		r.addProblems(check.Layouts(ctx, r.Plan, o.Jobs)) // would stop the edits
	}
	if o.DryRun || problem.Failed(r.Report.Problems) {
		return r.Outcome, nil
	}
	_, problems, err := apply.Apply(ctx, r.Plan, o.application(), r.roots, func(a apply.Applied, keep func(string) error) ([]problem.Problem, error) {
		return r.confirm(ctx, a, keep)
	})
	r.addProblems(problems)
	return r.Outcome, err
}

// changes reports whether a plan writes anything.
func changes(p plan.Plan) bool {
	return len(p.Moves) > 0 || slices.ContainsFunc(p.Objects, func(po plan.Object) bool { return po.Edit != nil })
}

// refuseArchives keeps patch from a wheel that is not installed.
func refuseArchives(paths []string) error {
	for _, path := range paths {
		if st, err := os.Stat(path); err == nil && !st.IsDir() {
			return fmt.Errorf("%s is no directory: install the wheel first, patch edits what was installed", path)
		}
	}
	return nil
}

// RunCheck resolves every object as it stands and has the loader confirm it. An
// archive is resolved as it would be once installed and patched.
func Check(ctx context.Context, paths []string, o Options) (Outcome, error) {
	r, err := newRun("check", paths, o)
	if err != nil {
		return Outcome{}, err
	}
	if err := r.survey(ctx, false, plan.AsIs); err != nil {
		return r.Outcome, err
	}
	r.addProblems(r.check(ctx))
	return r.Outcome, nil
}

// RunVerify verifies RECORDs and looks at no object.
func Verify(ctx context.Context, paths []string, o Options) (Outcome, error) {
	r, err := newRun("verify", paths, o)
	if err == nil {
		r.trees, err = tree.Walk(r.roots)
	}
	if err != nil {
		return Outcome{}, err
	}
	verified, err := record.Verify(ctx, r.roots, r.trees, o.verification())
	r.Report.Records = append(r.Report.Records, verified.Records...)
	r.addProblems(verified.Problems)
	return r.Outcome, err
}

// A planFunc makes a plan of an inventory.
type planFunc func(tree.Inventory, plan.Target, plan.Options) plan.Plan

// survey does what every command does that looks at objects, up to the plan.
func (r *run) survey(ctx context.Context, checkRecord bool, decide planFunc) (err error) {
	if r.trees, err = tree.Walk(r.roots); err != nil {
		return err
	}
	var g errgroup.Group
	var verified record.Verified
	if checkRecord && r.options.Record != record.Off {
		g.Go(func() (err error) {
			verified, err = record.Verify(ctx, r.roots, r.trees, r.options.verification())
			return err
		})
	}
	err = r.plan(ctx, decide)
	if err := g.Wait(); err != nil {
		return err // of what was to be believed: it comes first
	}
	r.dists = verified.Dists
	r.Report.Records = append(r.Report.Records, verified.Records...)
	r.addProblems(verified.Problems)
	return cmp.Or(err, ctx.Err())
}

// plan scans the roots and makes the plan.
func (r *run) plan(ctx context.Context, decide planFunc) (err error) {
	if r.found, err = tree.Scan(ctx, r.roots, r.trees, r.options.scan()); err != nil {
		return err
	}
	r.addProblems(r.found.Problems)
	target, err := plan.FindTarget(r.found, r.options.target())
	if err != nil {
		return err
	}
	r.Plan = decide(r.found, target, r.options.planning())
	r.addProblems(r.Plan.Problems)
	r.Report.Objects = report.ObjectReports(r.found, r.Plan)
	return nil
}

func (r *run) addProblems(problems []problem.Problem) {
	all := append(r.Report.Problems, problems...)
	problem.Sort(all)
	// Two steps may see one fault: verification and the scan of an archive.
	r.Report.Problems = slices.CompactFunc(all, func(a, b problem.Problem) bool {
		return a.Code == b.Code && a.Path == b.Path && a.Message == b.Message && a.Root == b.Root && slices.Equal(a.Details, b.Details)
	})
}
