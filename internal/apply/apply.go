package apply

// This file applies a plan: first every new file is written beside its target
// and read back, then all are renamed over their targets in one short stretch.
// So a failure of patchelf, a full disk or a signal finds every target as it
// was, and a failure between the renames is undone.

import (
	"cmp"
	"context"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Applied is what Apply wrote.
type Applied struct {
	Edited []EditedFile // by path
	Moved  []plan.Move  // as the plan has them
}

// An EditedFile is one file that was replaced.
type EditedFile struct {
	Path  string   // absolute, after the moves
	Links []string // its other names, absolute
}

// ApplyOptions says how files are edited.
type Options struct {
	Patchelf      string   // the program; empty: from PATH
	PatchelfFlags []string // given to it beside the plan's own
	Jobs          int      // files edited at once, within a budget of memory
}

// A Confirm has the last word on what was applied: an error, or one among its
// problems, undoes everything. Files that it writes itself it hands to keep
// before.
type PreCommit func(a Applied, keep func(path string) error) ([]problem.Problem, error)

// Apply does the moves and edits of a plan within the roots: all of them, or none
// where one of the problems is an error or the error is not nil. The error is a
// *patchelf.MissingError or *patchelf.RunError where there is no working
// patchelf, or ctx's own. Confirm is asked also where there is nothing to write.
// After a run that was killed, Recover must be called before the plan is made.
func Apply(ctx context.Context, plan plan.Plan, o Options, roots tree.Roots, confirm PreCommit) (Applied, []problem.Problem, error) {
	edits := editsOf(plan)
	w := &writer{preCommit: confirm, journal: newJournal(roots), flags: o.PatchelfFlags, jobs: o.Jobs}
	if slices.ContainsFunc(edits, func(e *edit) bool { return needsPatchelf(e, o) }) {
		program, err := patchelf.Locate(o.Patchelf)
		if err != nil {
			return Applied{}, nil, err
		}
		w.program = program
	}
	return w.apply(ctx, plan.Moves, edits)
}

// needsPatchelf tells whether an edit needs the program at all: an executable
// stack is cleared without it.
func needsPatchelf(e *edit, o Options) bool {
	return (&patchelf.Program{}).Command("", "", e.patchelf(o.PatchelfFlags)) != nil
}

// A writer applies one plan.
type writer struct {
	program   *patchelf.Program
	flags     []string
	jobs      int
	journal   *journal
	preCommit PreCommit
}

// apply prepares, commits, and tidies up.
func (w *writer) apply(ctx context.Context, moves []plan.Move, edits []*edit) (Applied, []problem.Problem, error) {
	defer w.journal.close()
	for _, m := range moves {
		if err := w.journal.makeDir(m.To); err != nil {
			return Applied{}, []problem.Problem{moveProblem(m, err)}, nil
		}
	}
	failed, err := w.prepare(ctx, edits)
	if err = cmp.Or(context.Cause(ctx), err); err != nil {
		return Applied{}, nil, err
	}
	problems := w.warnVersion()
	if len(failed) == 0 {
		failed = w.commit(ctx, moves, edits)
	}
	if len(failed) == 0 && ctx.Err() == nil {
		failed, err = w.preCommit(applied(moves, edits), w.journal.backup)
	}
	if err = cmp.Or(context.Cause(ctx), err); err != nil {
		return Applied{}, w.journal.rollback(), err
	}
	problems = append(problems, failed...)
	if problem.Failed(failed) {
		problems = append(problems, w.journal.rollback()...)
		problem.Sort(problems)
		return Applied{}, problems, nil
	}
	return applied(moves, edits), problems, nil
}

// commit renames; it stops at the first failure, or when ctx ends.
func (w *writer) commit(ctx context.Context, moves []plan.Move, edits []*edit) []problem.Problem {
	for _, m := range moves {
		if ctx.Err() != nil {
			return nil
		}
		if err := w.journal.move(m); err != nil {
			return []problem.Problem{moveProblem(m, err)}
		}
	}
	for _, e := range edits {
		if ctx.Err() != nil {
			return nil
		}
		if err := w.journal.replace(e.temp, e.names); err != nil {
			return []problem.Problem{w.editProblem(e, err)}
		}
	}
	return nil
}

func applied(moves []plan.Move, edits []*edit) Applied {
	a := Applied{Moved: moves}
	for _, e := range edits {
		a.Edited = append(a.Edited, EditedFile{Path: e.names[0], Links: e.names[1:]})
	}
	slices.SortFunc(a.Edited, func(a, b EditedFile) int { return cmp.Compare(a.Path, b.Path) })
	return a
}
