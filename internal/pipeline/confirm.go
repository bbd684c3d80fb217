package pipeline

import (
	"context"
	"fmt"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/apply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/check"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// confirm runs after the renames and before the journal is dropped (see
// apply.PreCommit): the loader check, then RECORD, whose new hashes are computed
// meanwhile. An error rolls everything back.
func (r *run) confirm(ctx context.Context, applied apply.Applied, rewrite func(path, text string) error) ([]problem.Problem, error) {
	r.take(applied)
	if !r.options.updatesRecord() {
		return r.check(ctx), nil
	}
	var update *record.Update
	hashed := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		var err error
		update, err = record.NewUpdate(ctx, r.trees, r.dists, record.UpdateOptions{
			Edited: editedPaths(applied), Sums: sumsOf(applied), Known: r.inventory.Sums(), Moved: len(applied.Moved) > 0,
			Linked: linkedPaths(applied), Unlinked: applied.Unlinked,
			All: r.options.UpdateAllRecords, Jobs: r.options.Jobs,
		})
		hashed <- err
	}()
	problems := r.check(ctx)
	if problem.Failed(problems) {
		cancel()
	}
	err := <-hashed
	if problem.Failed(problems) {
		return problems, nil
	}
	if err == nil {
		var notices []problem.Problem
		r.Updated, notices, err = update.Write(rewrite)
		problems = append(problems, notices...)
	}
	if err != nil {
		err = fmt.Errorf("cannot rewrite RECORD: %w", err)
	}
	return problems, err
}

// take makes the plan what was done where patchelf damaged objects and links serve these:
// the loader is asked about every object then, since the batches are of the edits.
func (r *run) take(applied apply.Applied) {
	if len(applied.Refused) == 0 {
		return
	}
	r.Plan.Links = applied.Linked
	for i := range r.Plan.Objects {
		po := &r.Plan.Objects[i]
		po.Batched = false
		for _, refused := range applied.Refused {
			if refused.File == po.File {
				po.ServeByLinks(refused.Links, refused.Why)
			}
		}
	}
	r.Plan.Batches = nil
	r.Report.Objects = report.ObjectReports(r.inventory, r.Plan)
}

// linkedPaths returns the paths of the links that were placed.
func linkedPaths(a apply.Applied) []string {
	var paths []string
	for _, l := range a.Linked {
		paths = append(paths, l.Path)
	}
	return paths
}

// check checks the objects on the disk: nothing can load those in archives.
func (r *run) check(ctx context.Context) []problem.Problem {
	onDisk := r.Plan
	onDisk.Objects = slices.DeleteFunc(slices.Clone(onDisk.Objects), func(po plan.Object) bool { return po.Root.Archive })
	problems := check.Check(ctx, onDisk, r.options.checking())
	notRun := slices.ContainsFunc(problems, func(p problem.Problem) bool { return p.Code == problem.LoaderNotRun })
	if r.options.NoLdd || notRun || problem.Failed(problems) {
		return problems // ld.so has not confirmed all of them
	}
	r.Checked = 0
	for _, po := range onDisk.Objects {
		if po.Closure != nil || po.Covered {
			r.Checked++
		}
	}
	return problems
}

// sumsOf returns what is known of the new files, by path.
func sumsOf(a apply.Applied) map[string]tree.Sum {
	sums := map[string]tree.Sum{}
	for _, f := range a.Edited {
		sums[f.Path] = tree.Sum{SHA256: f.SHA256, Size: f.Size}
	}
	return sums
}

// editedPaths returns the paths of the files whose rows in RECORD are no longer true.
func editedPaths(a apply.Applied) []string {
	var paths []string
	for _, f := range a.Edited {
		paths = append(append(paths, f.Path), f.Links...)
	}
	for _, m := range a.Moved {
		paths = append(paths, m.From)
	}
	return paths
}
