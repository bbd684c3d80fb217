// Package check proves a plan. It checks that ld.so can map every object (gABI
// chapter 5, through elfobj), and has ld.so itself list the files that it maps for
// each ("--list" of ld.so(8), through loadcheck): they must be those of
// plan.Object.Closure.
//
// pipeline calls Layouts before the edits, and Check after them or for trees that are
// left as they are. The package leaves out objects with a library that is missing,
// ignored or the driver's, and symbol versions, which u-root does not pass on (plan
// compares those). It writes nothing under the roots, and runs nothing of a wheel.
package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/loadcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
)

// Options says whether the loader is asked, and how much is done at once.
type Options struct {
	NoLdd bool // check the structure of the objects only
	Jobs  int  // objects checked, or asked about, at once
}

// Check checks the structure of every object of the plan, and asks the loader about
// those whose libraries were all found. The problems are sorted and do not depend on
// o.Jobs.
func Check(ctx context.Context, planned plan.Plan, o Options) []problem.Problem {
	problems := Layouts(ctx, planned, o.Jobs)
	if !o.NoLdd {
		problems = append(problems, askLoader(ctx, planned, o, damagedFiles(planned, problems))...)
	}
	problem.Sort(problems)
	return problems
}

// Layouts returns a problem for each object that some program has damaged, so that
// the loader cannot map it. It reads the files where they are now, before the moves
// of the plan.
func Layouts(ctx context.Context, planned plan.Plan, jobs int) []problem.Problem {
	problems := make([]*problem.Problem, len(planned.Objects)) // nil: not damaged
	pool.Do(ctx, jobs, len(planned.Objects), func(i int) {
		object := planned.Objects[i]
		if damage, err := elfcheck.CheckFile(object.File); err == nil && len(damage) > 0 {
			var reasons []string
			for _, d := range damage {
				reasons = append(reasons, d.Text)
			}
			p := damagedProblem(object.Path, reasons)
			problems[i] = &p
		}
	})
	return withoutNil(problems)
}

// askLoader returns the differences between the plan and the loader's answers, for what
// the objects need and for what they open by name. It does not ask about the damaged files,
// which are reported already.
func askLoader(ctx context.Context, planned plan.Plan, o Options, damaged []string) []problem.Problem {
	var ask []*plan.Object
	for i := range planned.Objects {
		p := &planned.Objects[i]
		// The loader would run the code of audit modules: the plan says so, it is not asked.
		if p.Closure != nil && p.ELF.Dynamic && !p.ELF.LoadsAuditModules() && !slices.Contains(damaged, p.File) {
			ask = append(ask, p)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	loader, err := loadcheck.Open(ctx, planned.Loader.Interpreter, target(ask[0]))
	if err != nil {
		return []problem.Problem{notRunProblem(planned.Loader.Interpreter, len(ask), err)}
	}
	defer loader.Close()

	c := checker{plan: planned, loader: loader, jobs: o.Jobs, damaged: damaged, slashed: bySlash(planned)}
	unbatched := c.unbatched(ask)
	if len(unbatched) < len(ask) && !c.batchesAgree(ctx) {
		// A difference in a batch does not say in which object it is.
		unbatched = ask
	}
	return append(c.askEach(ctx, unbatched), c.askOpenings(ctx)...)
}

// A checker compares one plan with the answers of its loader.
type checker struct {
	plan    plan.Plan
	loader  *loadcheck.Loader
	jobs    int
	damaged []string        // files that the loader cannot map
	slashed map[string]bool // see bySlash
}

// unbatched returns the objects that no batch covers: all of them where a file is
// damaged, for then a batch fails as a whole.
func (c *checker) unbatched(objects []*plan.Object) []*plan.Object {
	if len(c.damaged) > 0 {
		return objects
	}
	return slices.DeleteFunc(slices.Clone(objects), func(p *plan.Object) bool { return p.Batched })
}

// batchesAgree reports whether the loader maps for every batch what the plan says.
func (c *checker) batchesAgree(ctx context.Context) bool {
	var wrong atomic.Bool
	done := progress.Begin(ctx, progress.StepAsk, int64(len(c.plan.Batches)))
	pool.Do(ctx, c.jobs, len(c.plan.Batches), func(i int) {
		defer done(1)
		batch := c.plan.Batches[i]
		targets := make([]loadcheck.Target, len(batch.Paths))
		for i, path := range batch.Paths {
			targets[i] = target(&c.plan.Objects[0])
			targets[i].Path, targets[i].Program = path, false
		}
		answer, err := c.loader.List(ctx, targets...)
		if err != nil || len(difference(batch.Closure, answer.Paths, c.slashed)) > 0 {
			wrong.Store(true)
		}
	})
	return !wrong.Load()
}

// askEach asks the loader about each object by itself.
func (c *checker) askEach(ctx context.Context, objects []*plan.Object) []problem.Problem {
	byObject := make([]*problem.Problem, len(objects)) // nil: as planned
	unasked := make([]string, len(objects))            // empty: was asked
	var cannotRun atomic.Pointer[error]
	done := progress.Begin(ctx, progress.StepAsk, int64(len(objects)))
	pool.Do(ctx, c.jobs, len(objects), func(i int) {
		defer done(1)
		p := objects[i]
		answer, err := c.loader.List(ctx, target(p))
		var path *loadcheck.PathError
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, loadcheck.ErrCannotRun):
			cannotRun.CompareAndSwap(nil, &err)
		case errors.As(err, &path) || errors.Is(err, loadcheck.ErrTimeout):
			unasked[i] = fmt.Sprintf("%s: %v", p.Path, err)
		case err != nil:
			byObject[i] = failedProblem(p, c.plan, err, c.damaged)
		default:
			byObject[i] = differenceProblem(p, answer.Paths, c.slashed)
		}
	})
	if err := cannotRun.Load(); err != nil {
		return []problem.Problem{notRunProblem(c.plan.Loader.Interpreter, len(objects), *err)}
	}
	problems := withoutNil(byObject)
	if unasked = slices.DeleteFunc(unasked, func(s string) bool { return s == "" }); len(unasked) > 0 {
		problems = append(problems, unaskedProblem(unasked))
	}
	return problems
}

// askOpenings asks the loader what it finds for names that objects open, one question for
// all objects of one search path. Where the answer is not as planned, each name is asked
// about by itself.
func (c *checker) askOpenings(ctx context.Context) []problem.Problem {
	problems := make([][]problem.Problem, len(c.plan.Openings))
	pool.Do(ctx, c.jobs, len(c.plan.Openings), func(i int) {
		o := c.plan.Openings[i]
		if len(c.askOpening(ctx, o, o.Closure, o.Names...)) == 0 {
			return
		}
		for k, name := range o.Names {
			if details := c.askOpening(ctx, o, o.Alone[k], name); len(details) > 0 {
				problems[i] = append(problems[i], openingProblem(o, name, details))
			}
		}
	})
	return slices.Concat(problems...)
}

// askOpening returns in what the loader's answer for names differs from the plan. That it
// cannot be asked is told of the objects.
func (c *checker) askOpening(ctx context.Context, o plan.Opening, closure []string, names ...string) []string {
	search := loadcheck.SearchPath{Dirs: o.Dirs, Rpath: o.Rpath}
	answer, err := c.loader.ListNames(ctx, target(&c.plan.Objects[0]), search, names...)
	var failed *loadcheck.LoaderError
	switch {
	case errors.As(err, &failed):
		return []string{"the loader says: " + failed.Words}
	case err != nil:
		return nil
	}
	return difference(closure, answer.Paths, nil)
}

// target returns what loadcheck must know of an object.
func target(p *plan.Object) loadcheck.Target {
	e := p.ELF
	return loadcheck.Target{
		Path: p.File, Class: e.Class, Data: e.Data, Machine: e.Machine, Flags: e.Flags, Program: e.IsProgram(),
	}
}

// bySlash returns the real paths of the libraries that some object needs by a name
// with a slash. The loader prints those without "=>", and u-root leaves them out: that
// they are not in its answer means nothing.
func bySlash(planned plan.Plan) map[string]bool {
	paths := map[string]bool{}
	for _, o := range planned.Objects {
		for _, need := range o.Needs {
			if strings.Contains(need.Soname, "/") {
				paths[need.Real] = true
			}
		}
	}
	return paths
}

// withoutNil returns the problems that are not nil.
func withoutNil(problems []*problem.Problem) []problem.Problem {
	var all []problem.Problem
	for _, p := range problems {
		if p != nil {
			all = append(all, *p)
		}
	}
	return all
}
