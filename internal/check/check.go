package check

// This file asks the loader itself for every object and compares its answer
// with the plan, file by file.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/loadcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
)

// CheckOptions says how the loader is asked.
type Options struct {
	NoLdd bool // look at the structure alone
	Jobs  int  // objects looked at, or asked about, at once
}

// Check looks at the structure of every object of the plan, and has the loader
// say what it maps for those whose libraries were all found. Its problems are
// sorted; they do not depend on o.Jobs.
func Check(ctx context.Context, planned plan.Plan, o Options) []problem.Problem {
	problems := CheckLayouts(ctx, planned, o.Jobs)
	if !o.NoLdd {
		problems = append(problems, askLoader(ctx, planned, o, damagedFiles(planned, problems))...)
	}
	problem.Sort(problems)
	return problems
}

// CheckLayouts finds objects that some program has damaged. Files that the plan
// places elsewhere are looked at where they are.
func CheckLayouts(ctx context.Context, planned plan.Plan, jobs int) []problem.Problem {
	found := make([]*problem.Problem, len(planned.Objects))
	parallel(ctx, jobs, len(planned.Objects), func(i int) {
		object := planned.Objects[i]
		if damage, err := elfobj.CheckFile(object.File); err == nil && len(damage) > 0 {
			var reasons []string
			for _, d := range damage {
				reasons = append(reasons, d.Text)
			}
			p := damagedProblem(object.Path, reasons)
			found[i] = &p
		}
	})
	return collect(found)
}

// askLoader compares the plan with the loader's answers. The damaged files have
// been told already.
func askLoader(ctx context.Context, planned plan.Plan, o Options, damaged []string) []problem.Problem {
	var ask []*plan.Object
	for i := range planned.Objects {
		p := &planned.Objects[i]
		if p.Closure != nil && p.ELF.Dynamic && !slices.Contains(damaged, p.File) {
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

	q := questions{plan: planned, loader: loader, jobs: o.Jobs, damaged: damaged, slashed: bySlash(planned)}
	alone := q.unbatched(ask)
	if len(alone) < len(ask) && !q.confirmed(ctx) {
		alone = ask
	}
	return q.put(ctx, alone)
}

// questions is what the loader is asked about one plan.
type questions struct {
	plan    plan.Plan
	loader  *loadcheck.Loader
	jobs    int
	damaged []string
	slashed map[string]bool
}

// alone gives those that the answers to Plan.Together do not do for.
func (q *questions) unbatched(ask []*plan.Object) []*plan.Object {
	if len(q.damaged) > 0 {
		return ask
	}
	return slices.DeleteFunc(slices.Clone(ask), func(p *plan.Object) bool { return p.Batched })
}

// confirmed tells whether the loader answers Plan.Together as planned. Where it
// does not, each object is asked about alone, so that it is said which.
func (q *questions) confirmed(ctx context.Context) bool {
	var wrong atomic.Bool
	done := progress.Begin(ctx, progress.StepAsk, int64(len(q.plan.Batches)))
	parallel(ctx, q.jobs, len(q.plan.Batches), func(i int) {
		defer done(1)
		t := q.plan.Batches[i]
		targets := make([]loadcheck.Target, len(t.Paths))
		for i, path := range t.Paths {
			targets[i] = target(&q.plan.Objects[0])
			targets[i].Path, targets[i].Program = path, false
		}
		answer, err := q.loader.List(ctx, targets...)
		if err != nil || len(difference(t.Closure, answer.Paths, q.slashed)) > 0 {
			wrong.Store(true)
		}
	})
	return !wrong.Load()
}

// put asks about each object alone.
func (q *questions) put(ctx context.Context, ask []*plan.Object) []problem.Problem {
	found := make([]*problem.Problem, len(ask))
	unasked := make([]string, len(ask))
	var cannot atomic.Pointer[error]
	done := progress.Begin(ctx, progress.StepAsk, int64(len(ask)))
	parallel(ctx, q.jobs, len(ask), func(i int) {
		defer done(1)
		p := ask[i]
		answer, err := q.loader.List(ctx, target(p))
		var path *loadcheck.PathError
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, loadcheck.ErrCannotRun):
			cannot.CompareAndSwap(nil, &err)
		case errors.As(err, &path) || errors.Is(err, loadcheck.ErrTimeout):
			unasked[i] = fmt.Sprintf("%s: %v", p.Path, err)
		case err != nil:
			found[i] = failedProblem(p, q.plan, err, q.damaged)
		default:
			found[i] = compare(p, answer.Paths, q.slashed)
		}
	})
	if err := cannot.Load(); err != nil {
		return []problem.Problem{notRunProblem(q.plan.Loader.Interpreter, len(ask), *err)}
	}
	problems := collect(found)
	if unasked = slices.DeleteFunc(unasked, func(s string) bool { return s == "" }); len(unasked) > 0 {
		problems = append(problems, unaskedProblem(unasked))
	}
	return problems
}

// target gives what the loader is told of an object.
func target(p *plan.Object) loadcheck.Target {
	e := p.ELF
	return loadcheck.Target{
		Path: p.File, Class: e.Class, Data: e.Data, Machine: e.Machine, Flags: e.Flags, Program: e.IsProgram(),
	}
}

// bySlash gives the real paths that some object of the plan names with a slash:
// the loader prints them without "=>", and u-root leaves them out.
func bySlash(planned plan.Plan) map[string]bool {
	paths := map[string]bool{}
	for _, o := range planned.Objects {
		for _, need := range o.Needs {
			if slices.Contains([]byte(need.Soname), '/') {
				paths[need.Real] = true
			}
		}
	}
	return paths
}

// parallel calls f for 0 to n-1, jobs at a time; calls that have not begun when ctx
// ends are left out.
func parallel(ctx context.Context, jobs, n int, f func(i int)) {
	_ = pool.Each(ctx, jobs, n, func(_ context.Context, i int) error { f(i); return nil })
}

func collect(found []*problem.Problem) []problem.Problem {
	var problems []problem.Problem
	for _, p := range found {
		if p != nil {
			problems = append(problems, *p)
		}
	}
	return problems
}
