package fixup

// This file asks the loader itself for every object and compares its answer
// with the plan, file by file.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/loadcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// Check looks at the structure of every object of the plan, and has the loader
// say what it maps for those whose libraries were all found. Its problems are
// sorted; they do not depend on o.Jobs.
func Check(ctx context.Context, plan Plan, o Options) []problem.Problem {
	problems := checkLayouts(plan, o)
	if !o.NoLdd {
		problems = append(problems, askLoader(ctx, plan, o, damagedFiles(plan, problems))...)
	}
	problem.Sort(problems)
	return problems
}

// checkLayouts finds objects that some program has damaged. Files that the plan
// places elsewhere are looked at where they are.
func checkLayouts(plan Plan, o Options) []problem.Problem {
	found := make([]*problem.Problem, len(plan.Objects))
	parallel(o.Jobs, len(plan.Objects), func(i int) {
		object := plan.Objects[i]
		if reasons, err := layoutOf(object.File); err == nil && len(reasons) > 0 {
			p := damagedProblem(object.Path, reasons)
			found[i] = &p
		}
	})
	return collect(found)
}

// askLoader compares the plan with the loader's answers. The damaged files have
// been told already.
func askLoader(ctx context.Context, plan Plan, o Options, damaged []string) []problem.Problem {
	var ask []*PlannedObject
	for i := range plan.Objects {
		p := &plan.Objects[i]
		if p.Closure != nil && p.ELF.Dynamic && !slices.Contains(damaged, p.File) {
			ask = append(ask, p)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	loader, err := loadcheck.Open(ctx, plan.Loader.Interpreter, target(ask[0]))
	if err != nil {
		return []problem.Problem{notRunProblem(plan.Loader.Interpreter, len(ask), err)}
	}
	defer loader.Close()

	q := questions{plan: plan, loader: loader, jobs: o.Jobs, damaged: damaged, slashed: bySlash(plan)}
	alone := q.alone(ask)
	if len(alone) < len(ask) && !q.confirmed(ctx) {
		alone = ask
	}
	return q.put(ctx, alone)
}

// questions is what the loader is asked about one plan.
type questions struct {
	plan    Plan
	loader  *loadcheck.Loader
	jobs    int
	damaged []string
	slashed map[string]bool
}

// alone gives those that the answers to Plan.Together do not do for.
func (q *questions) alone(ask []*PlannedObject) []*PlannedObject {
	if len(q.damaged) > 0 {
		return ask
	}
	return slices.DeleteFunc(slices.Clone(ask), func(p *PlannedObject) bool { return p.Together })
}

// confirmed tells whether the loader answers Plan.Together as planned. Where it
// does not, each object is asked about alone, so that it is said which.
func (q *questions) confirmed(ctx context.Context) bool {
	var wrong atomic.Bool
	done := begin(ctx, StepAsk, int64(len(q.plan.Together)))
	parallel(q.jobs, len(q.plan.Together), func(i int) {
		defer done(1)
		t := q.plan.Together[i]
		targets := make([]loadcheck.Target, len(t.Paths))
		for i, path := range t.Paths {
			targets[i] = target(&q.plan.Objects[0])
			targets[i].Path, targets[i].Program = path, false
		}
		answer, err := q.loader.ListTogether(ctx, targets)
		if err != nil || len(difference(t.Closure, answer.Paths, q.slashed)) > 0 {
			wrong.Store(true)
		}
	})
	return !wrong.Load()
}

// put asks about each object alone.
func (q *questions) put(ctx context.Context, ask []*PlannedObject) []problem.Problem {
	found := make([]*problem.Problem, len(ask))
	unasked := make([]string, len(ask))
	var cannot atomic.Pointer[error]
	done := begin(ctx, StepAsk, int64(len(ask)))
	parallel(q.jobs, len(ask), func(i int) {
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
func target(p *PlannedObject) loadcheck.Target {
	e := p.ELF
	return loadcheck.Target{
		Path: p.File, Class: e.Class, Data: e.Data, Machine: e.Machine, Flags: e.Flags, Program: e.IsProgram(),
	}
}

// bySlash gives the real paths that some object of the plan names with a slash:
// the loader prints them without "=>", and u-root leaves them out.
func bySlash(plan Plan) map[string]bool {
	paths := map[string]bool{}
	for _, o := range plan.Objects {
		for _, need := range o.Needs {
			if slices.Contains([]byte(need.Soname), '/') {
				paths[need.Real] = true
			}
		}
	}
	return paths
}

// parallel calls f for 0 to n-1, jobs at a time.
func parallel(jobs, n int, f func(i int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(max(1, jobs), n) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
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
