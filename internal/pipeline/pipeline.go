package pipeline

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
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pymodule"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// An Outcome is a report and the plan that led to it.
type Outcome struct {
	Report  report.Report
	Plan    plan.Plan
	Updated []string // RECORD files that were rewritten
	Checked int      // objects that the loader confirmed
}

// A run is one command at work.
type run struct {
	Outcome
	options   Options
	roots     tree.Roots
	trees     []*tree.Listing
	inventory tree.Inventory
	dists     record.Dists // of the trees, where RECORD was verified
}

func newRun(command string, paths []string, o Options) (*run, error) {
	roots, err := tree.NewRoots(paths)
	if err != nil {
		return nil, err
	}
	return &run{options: o, roots: roots, Outcome: Outcome{Report: report.New(command, paths)}}, nil
}

// Patch verifies, plans, edits and checks the trees at paths. First it undoes what a
// killed run began. It writes nothing where a problem before the edits is an error, or
// where o.DryRun is set; it rolls everything back where an edit, the loader check or the
// update of RECORD fails. The error is an *apply.LockedError where another process works
// on one of the trees.
func Patch(ctx context.Context, paths []string, o Options) (Outcome, error) {
	if err := refuseArchives(paths); err != nil {
		return Outcome{}, err
	}
	r, err := newRun("patch", paths, o)
	if err != nil {
		return Outcome{}, err
	}
	recovering := apply.Pending
	if !o.DryRun {
		release, err := apply.Lock(r.roots)
		if err != nil {
			return Outcome{}, err
		}
		defer release()
		recovering = apply.Recover
	}
	problems, err := recovering(r.roots)
	if err != nil {
		return Outcome{}, err
	}
	r.addProblems(problems)
	if err := r.survey(ctx, true, plan.Make); err != nil {
		return r.Outcome, err
	}
	if !o.InBuild && len(o.Wheels) == 0 { // an output of a derivation may be empty
		if err := r.nothing(r.inventory); err != nil {
			return r.Outcome, err
		}
	}
	if err := apply.Elsewhere(r.trees); err != nil {
		return r.Outcome, err
	}
	if o.DryRun || changes(r.Plan) {
		r.addProblems(check.Layouts(ctx, r.Plan, o.Jobs)) // found later, damage would roll the edits back
	}
	if o.DryRun || problem.Failed(r.Report.Problems) {
		return r.Outcome, nil
	}
	confirm := func(a apply.Applied, rewrite func(path, text string) error) ([]problem.Problem, error) {
		return r.confirm(ctx, a, rewrite)
	}
	_, problems, err = apply.Apply(ctx, r.Plan, o.application(), r.roots, confirm)
	r.addProblems(problems)
	return r.Outcome, err
}

// changes reports whether a plan writes anything.
func changes(p plan.Plan) bool {
	return len(p.Moves)+len(p.Links)+len(p.Unlinks) > 0 || slices.ContainsFunc(p.Objects, func(po plan.Object) bool { return po.Edit != nil })
}

// refuseArchives returns an error where a path is no directory: patch edits
// installations only.
func refuseArchives(paths []string) error {
	for _, path := range paths {
		if st, err := os.Stat(path); err == nil && !st.IsDir() {
			return fmt.Errorf("%s is no directory: install the wheel first, patch edits what was installed", path)
		}
	}
	return nil
}

// newReadingRun is newRun for a command that takes folders of wheels too.
func newReadingRun(command string, paths []string, o Options) (*run, error) {
	paths, err := tree.Expand(paths)
	if err != nil {
		return nil, err
	}
	return newRun(command, paths, o)
}

// Check resolves every object of a tree as it is, and has the loader confirm that. An
// archive is resolved as it would be once installed and patched. A directory that holds
// neither is an error.
func Check(ctx context.Context, paths []string, o Options) (Outcome, error) {
	r, err := newReadingRun("check", paths, o)
	if err != nil {
		return Outcome{}, err
	}
	if err := r.survey(ctx, false, plan.AsIs); err != nil {
		return r.Outcome, err
	}
	if err := r.nothing(r.inventory); err != nil {
		return r.Outcome, err
	}
	r.addProblems(r.check(ctx))
	return r.Outcome, nil
}

// nothing returns an error where a directory holds nothing to look at, by the objects of all.
// Beside one that a wheel was installed to it may be another output, which holds what it
// holds.
func (r *run) nothing(inv tree.Inventory) error {
	if slices.ContainsFunc(r.trees, func(l *tree.Listing) bool { return len(l.Dists) > 0 }) {
		return nil
	}
	for _, l := range r.trees {
		if err := l.NothingError(inv); err != nil {
			return fmt.Errorf("%s: %w", words.Quote(l.Root.Path), err)
		}
	}
	return nil
}

// verifiable is nothing for directories whose objects nobody has read: those of such that have
// no dist-info are. An output of a derivation may be empty, and where a wheel is named it is
// said what is not there.
func (r *run) verifiable(ctx context.Context) error {
	bare := slices.DeleteFunc(slices.Clone(r.trees), func(l *tree.Listing) bool { return len(l.Dists) > 0 })
	if len(bare) == 0 || r.options.Outputs || len(r.options.Wheels) > 0 {
		return nil
	}
	var roots tree.Roots
	for _, l := range bare {
		roots = append(roots, l.Root)
	}
	inv, err := tree.Scan(ctx, roots, bare, tree.Options{Jobs: r.options.Jobs})
	return cmp.Or(err, r.nothing(inv))
}

// Verify verifies every RECORD. It reads objects only of directories without one. One that
// holds neither a wheel nor anything that was installed is an error.
func Verify(ctx context.Context, paths []string, o Options) (Outcome, error) {
	r, err := newReadingRun("verify", paths, o)
	if err == nil {
		r.trees, err = tree.Walk(r.roots)
	}
	if err == nil {
		err = r.verifiable(ctx)
	}
	if err != nil {
		return Outcome{}, err
	}
	verified, err := record.Verify(ctx, r.roots, r.trees, o.verification(nil))
	r.Report.Records = append(r.Report.Records, verified.Records...)
	r.addProblems(verified.Problems)
	return r.Outcome, err
}

// A planFunc is plan.Make or plan.AsIs.
type planFunc func(tree.Inventory, plan.Target, plan.Options) plan.Plan

// survey does the steps up to the plan, with the verification of RECORD beside them if
// verifyRecord is set. The scan reads the objects, which are most of a tree, once for both.
func (r *run) survey(ctx context.Context, verifyRecord bool, makePlan planFunc) (err error) {
	if r.trees, err = tree.Walk(r.roots); err != nil {
		return err
	}
	verifyRecord = verifyRecord && r.options.Record != record.Off
	if r.inventory, err = tree.Scan(ctx, r.roots, r.trees, r.options.scan(verifyRecord)); err != nil {
		return err
	}
	r.addProblems(r.inventory.Problems)
	var g errgroup.Group
	var verified record.Verified
	if verifyRecord {
		g.Go(func() (err error) {
			verified, err = record.Verify(ctx, r.roots, r.trees, r.options.verification(r.inventory.Sums()))
			return err
		})
	}
	err = r.plan(makePlan)
	if err := g.Wait(); err != nil {
		return err // comes first: what cannot be verified need not be planned
	}
	r.dists = verified.Dists
	r.Report.Records = append(r.Report.Records, verified.Records...)
	r.addProblems(verified.Problems)
	return cmp.Or(err, ctx.Err())
}

// plan makes the plan.
func (r *run) plan(makePlan planFunc) error {
	target, err := plan.FindTarget(r.inventory, r.options.target())
	if err != nil {
		return err
	}
	r.Plan = makePlan(r.inventory, target, r.options.planning())
	r.addProblems(r.Plan.Problems)
	r.addProblems(wrongPython(r.Plan, r.trees, r.options.AnyPython))
	r.Report.Objects = report.ObjectReports(r.inventory, r.Plan)
	return nil
}

// wrongPython returns the problems of wheels for another Python than that of their
// site-packages, by the objects of a plan.
func wrongPython(p plan.Plan, trees []*tree.Listing, accept bool) []problem.Problem {
	var objects []tree.Object
	for _, po := range p.Objects {
		objects = append(objects, po.Object)
	}
	return pymodule.Check(objects, trees, pymodule.Options{Libc: p.Loader.Libc, AnyPython: accept})
}

// addProblems adds problems to the report, each once: two steps may report one fault,
// as verification and the scan do for an archive.
func (r *run) addProblems(problems []problem.Problem) {
	all := append(r.Report.Problems, problems...)
	problem.Sort(all)
	r.Report.Problems = slices.CompactFunc(all, func(a, b problem.Problem) bool {
		return a.Code == b.Code && a.Path == b.Path && a.Message == b.Message && a.Root == b.Root && slices.Equal(a.Details, b.Details)
	})
}
