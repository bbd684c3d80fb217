package fixup

// This file has the last word on what was applied: the loader confirms it and
// RECORD is brought up to date, or all is put back.

import (
	"context"
	"fmt"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// confirm has the loader look at what was applied, and brings RECORD up to date.
func (out *Outcome) confirm(ctx context.Context, applied Applied, o Options, keep func(string) error) ([]problem.Problem, error) {
	if o.Record == RecordOff && !o.UpdateAllRecords {
		return out.check(ctx, o), nil
	}
	known := out.dists
	if len(applied.Moved) > 0 {
		known = nil // the rows' files have other places now
	}
	var update *recordUpdate
	hashed := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		var err error
		if update, err = newRecordUpdate(out.Inventory.Roots, editedPaths(applied), o.UpdateAllRecords, known); err == nil {
			err = update.hash(ctx)
		}
		hashed <- err
	}()
	problems := out.check(ctx, o)
	if problem.Failed(problems) {
		cancel()
	}
	err := <-hashed
	if problem.Failed(problems) {
		return problems, nil
	}
	if err == nil {
		out.Updated, err = update.write(keep)
	}
	if err != nil {
		err = fmt.Errorf("cannot rewrite RECORD: %w", err)
	}
	return problems, err
}

// check asks the loader about the objects that lie on the disk.
func (out *Outcome) check(ctx context.Context, o Options) []problem.Problem {
	plan := out.Plan
	plan.Objects = slices.Clone(plan.Objects)
	plan.Objects = slices.DeleteFunc(plan.Objects, func(po PlannedObject) bool {
		return slices.ContainsFunc(out.Inventory.Roots, func(r Root) bool { return r.Archive && r.Path == po.Root })
	})
	problems := Check(ctx, plan, o)
	notRun := slices.ContainsFunc(problems, func(p problem.Problem) bool { return p.Code == problem.LoaderNotRun })
	if o.NoLdd || notRun || problem.Failed(problems) {
		return problems // nothing is confirmed
	}
	out.Checked = 0
	for _, po := range plan.Objects {
		if po.Closure != nil {
			out.Checked++
		}
	}
	return problems
}

func editedPaths(a Applied) []string {
	var paths []string
	for _, f := range a.Edited {
		paths = append(append(paths, f.Path), f.Links...)
	}
	for _, m := range a.Moved {
		paths = append(paths, m.From)
	}
	return paths
}
