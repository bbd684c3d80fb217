package fixup

// This file puts the steps together, one function a command. Everything that is
// wrong is gathered before anything is written.

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// An Outcome is a report and the plan that led to it.
type Outcome struct {
	Report    Report
	Inventory Inventory
	Plan      Plan
	Applied   Applied
	Updated   []string // RECORD files that were rewritten
	Checked   int      // objects that the loader was asked about

	dists []*installation // as verification found them
}

// RunPatch verifies, plans, edits and checks the trees at paths. It writes nothing
// if anything is an error before, or if o.DryRun is set; it puts everything
// back if an edit, the loader or RECORD fails, and first of all what a run left
// that was killed.
func RunPatch(ctx context.Context, paths []string, o Options) (Outcome, error) {
	if err := refuseArchives(paths); err != nil {
		return Outcome{}, err
	}
	if !o.DryRun {
		roots, err := MakeRoots(paths)
		if err == nil {
			_, err = Recover(roots)
		}
		if err != nil {
			return Outcome{}, err
		}
	}
	out, err := survey(ctx, "patch", paths, o, true, MakePlan)
	if err == nil && o.DryRun {
		out.addProblems(checkLayouts(out.Plan, o)) // what would stop the edits
	}
	if err != nil || o.DryRun || problem.Failed(out.Report.Problems) {
		return out, err
	}
	confirm := func(applied Applied, keep func(string) error) ([]problem.Problem, error) {
		return out.confirm(ctx, applied, o, keep)
	}
	applied, problems, err := ApplyConfirmed(ctx, out.Plan, o, out.Inventory.Roots, confirm)
	out.addProblems(problems)
	out.Applied = applied
	return out, err
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
func RunCheck(ctx context.Context, paths []string, o Options) (Outcome, error) {
	out, err := survey(ctx, "check", paths, o, false, MakeStill)
	if err != nil {
		return out, err
	}
	out.addProblems(out.check(ctx, o))
	return out, nil
}

// RunVerify verifies RECORDs and looks at no object.
func RunVerify(ctx context.Context, paths []string, o Options) (Outcome, error) {
	roots, err := MakeRoots(paths)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Report: newReport("verify", paths)}
	records, problems, err := Verify(ctx, roots, o)
	out.Report.Records = append(out.Report.Records, records...)
	out.addProblems(problems)
	return out, err
}

// A planFunc makes a plan of an inventory.
type planFunc func(Inventory, ldso.Loader, *elfobj.Object, Options) Plan

// survey does what every command does that looks at objects, up to the plan.
func survey(ctx context.Context, command string, paths []string, o Options, checkRecord bool, plan planFunc) (Outcome, error) {
	out := Outcome{Report: newReport(command, paths)}
	roots, err := MakeRoots(paths)
	if err != nil {
		return out, err
	}
	var g errgroup.Group
	var verified verified
	if checkRecord && o.Record != RecordOff {
		g.Go(func() (err error) {
			verified, err = verify(ctx, roots, o)
			return err
		})
	}
	err = out.plan(ctx, roots, o, plan)
	if err := g.Wait(); err != nil {
		return out, err // of what was to be believed: it comes first
	}
	out.dists = verified.dists
	out.Report.Records = append(out.Report.Records, verified.records...)
	out.addProblems(verified.problems)
	return out, cmp.Or(err, ctx.Err())
}

// plan scans the roots and makes the plan.
func (out *Outcome) plan(ctx context.Context, roots []Root, o Options, plan planFunc) (err error) {
	if out.Inventory, err = Scan(ctx, roots, o); err != nil {
		return err
	}
	out.addProblems(out.Inventory.Problems)
	loader, target, err := FindLoader(out.Inventory, &o)
	if err != nil {
		return err
	}
	out.Plan = plan(out.Inventory, loader, target, o)
	out.addProblems(out.Plan.Problems)
	out.Report.Objects = objectReports(out.Inventory, out.Plan)
	return nil
}

func (out *Outcome) addProblems(problems []problem.Problem) {
	all := append(out.Report.Problems, problems...)
	problem.Sort(all)
	// Two steps may see one fault: verification and the scan of an archive.
	out.Report.Problems = slices.CompactFunc(all, func(a, b problem.Problem) bool {
		return a.Code == b.Code && a.Path == b.Path && a.Message == b.Message && slices.Equal(a.Details, b.Details)
	})
}
