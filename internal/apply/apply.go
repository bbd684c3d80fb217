// Package apply does the moves, edits and links of a plan, all or none, and is the only
// package that writes ELF objects. patchelf writes every new file beside its target
// and each is read back; only then are all of them renamed over their targets
// (rename(2)). So a failure of patchelf, a full disk or a signal finds every target
// as it was. A failure between the renames is undone, and a journal in each root lets
// the next run undo what a killed one began.
//
// pipeline calls Lock and Recover before it reads the roots, and Apply with a PreCommit
// that asks ld.so and rewrites RECORD. The package leaves out what is written and why
// (plan) and how patchelf is run (package patchelf). It never writes into a file that
// is there, nor outside the roots.
package apply

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
	Moved  []plan.Move  // those of the plan

	Linked   []plan.Link // those of the plan, and those of the refusals
	Unlinked []string    // those of the plan
	Refused  []Refusal   // by file
}

// An EditedFile is one file that was replaced.
type EditedFile struct {
	Path  string   // absolute, after the moves
	Links []string // its other hard links, absolute

	// With Options.Sums, what it holds.
	SHA256 string // raw
	Size   int64
}

// Options says how files are edited.
type Options struct {
	Patchelf      string   // the program; empty: from PATH
	PatchelfFlags []string // the user's, after those of each edit
	Jobs          int      // files edited at once, within a budget of memory
	Sums          bool     // hash each new file while it is read back
}

// A PreCommit runs after the renames and before the journal is dropped. Where it
// returns an error, or a problem that is one, everything is rolled back. What it
// changes itself it changes by calling rewrite, so that this is rolled back too.
type PreCommit func(a Applied, rewrite func(path, text string) error) ([]problem.Problem, error)

// Apply does the moves, edits and links of a plan within the roots, and calls preCommit,
// also where there is nothing to write. It has done nothing where it returns an error
// or a problem that is one. The error is a *patchelf.MissingError or
// *patchelf.RunError where no patchelf works, else that of ctx or of preCommit.
//
// After a run that was killed, Recover must be called before the plan is made.
func Apply(ctx context.Context, planned plan.Plan, o Options, roots tree.Roots, preCommit PreCommit) (Applied, []problem.Problem, error) {
	edits := editsOf(planned)
	w := &writer{preCommit: preCommit, journal: newJournal(roots), flags: o.PatchelfFlags, jobs: o.Jobs, sums: o.Sums}
	if slices.ContainsFunc(edits, func(e *edit) bool { return needsPatchelf(e, o) }) {
		program, err := patchelf.Locate(o.Patchelf)
		if err != nil {
			return Applied{}, nil, err
		}
		w.program = program
	}
	w.links, w.unlinks = planned.Links, planned.Unlinks
	return w.apply(ctx, planned.Moves, edits)
}

// needsPatchelf reports whether an edit needs the program: an executable stack is
// cleared without it.
func needsPatchelf(e *edit, o Options) bool {
	return len(e.patchelf(o.PatchelfFlags).Arguments()) > 0
}

// A writer applies one plan.
type writer struct {
	program   *patchelf.Program
	flags     []string
	jobs      int
	sums      bool
	journal   *journal
	preCommit PreCommit
	links     []plan.Link // to be placed
	unlinks   []string    // to be removed
	refused   []Refusal
}

// apply prepares the new files, renames them, calls preCommit, and rolls back where
// anything failed.
func (w *writer) apply(ctx context.Context, moves []plan.Move, edits []*edit) (Applied, []problem.Problem, error) {
	defer w.journal.close() // what it cannot remove the next run does
	for _, m := range moves {
		if err := w.journal.makeDir(m.To); err != nil {
			return Applied{}, []problem.Problem{moveProblem(m, err)}, nil
		}
	}
	edits, failed, err := w.prepare(ctx, edits)
	if err = cmp.Or(context.Cause(ctx), err); err != nil {
		return Applied{}, nil, err
	}
	problems := w.warnVersion()
	if len(failed) == 0 {
		failed = w.commit(ctx, moves, edits)
	}
	if len(failed) == 0 && ctx.Err() == nil {
		failed, err = w.preCommit(w.applied(moves, edits), w.journal.rewrite)
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
	return w.applied(moves, edits), problems, nil
}

// commit does the moves, renames the new files over the old, and places and removes
// links. It stops at the first failure, or when ctx ends.
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
	for _, path := range w.unlinks {
		if ctx.Err() != nil {
			return nil
		}
		if err := w.journal.unlink(path); err != nil {
			return []problem.Problem{linkProblem(path, err)}
		}
	}
	for _, l := range w.links {
		if ctx.Err() != nil {
			return nil
		}
		if err := w.journal.place(l.Path, l.Target); err != nil {
			return []problem.Problem{linkProblem(l.Path, err)}
		}
	}
	return nil
}

// applied returns what was written once all is done.
func (w *writer) applied(moves []plan.Move, edits []*edit) Applied {
	a := Applied{Moved: moves, Linked: w.links, Unlinked: w.unlinks, Refused: w.refused}
	for _, e := range edits {
		f := EditedFile{Path: e.names[0], Links: e.names[1:]}
		if e.content != nil {
			f.SHA256, f.Size = string(e.content.hash.Sum(nil)), e.content.size
		}
		a.Edited = append(a.Edited, f)
	}
	slices.SortFunc(a.Edited, func(a, b EditedFile) int { return cmp.Compare(a.Path, b.Path) })
	return a
}
