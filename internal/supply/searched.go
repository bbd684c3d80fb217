package supply

import (
	"cmp"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixstore"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// placeKinds are the words of a message for how the loader came to a directory:
// ld.so(8) and patchelf use them too.
var placeKinds = map[ldso.Via]string{
	ldso.Direct: "path", ldso.Rpath: "RPATH", ldso.Runpath: "RUNPATH", ldso.Default: "default", ldso.Driver: "driver",
}

// searched returns the directories in which a library was looked for, in the order
// of the search. The directories of --lib and --python-lib were searched too,
// though no RUNPATH names them yet: they come before the default directories.
func searched(places []ldso.Place, ctx Context) *problem.Search {
	s := new(problem.Search)
	for _, p := range places {
		kind := cmp.Or(placeKinds[p.Via], string(p.Via))
		if slices.Contains(ctx.Libs, p.Dir) {
			kind = "inputs"
		} else if slices.Contains(ctx.PythonLibs, p.Dir) {
			kind = "Python"
		}
		if n := len(s.Steps); n == 0 || s.Steps[n-1].Kind != kind {
			s.Steps = append(s.Steps, problem.Step{Kind: kind})
		}
		step := &s.Steps[len(s.Steps)-1]
		dir := ctx.show(p.Dir)
		if !slices.Contains(step.Dirs, dir) {
			step.Dirs = append(step.Dirs, dir)
		}
		if p.Reason != "" {
			s.Passed = append(s.Passed, problem.Passed{Dir: dir, Reason: p.Reason})
		}
	}
	for _, offer := range []problem.Step{{Kind: "inputs", Dirs: ctx.Libs}, {Kind: "Python", Dirs: ctx.PythonLibs}} {
		if len(offer.Dirs) == 0 || slices.ContainsFunc(s.Steps, func(t problem.Step) bool { return t.Kind == offer.Kind }) {
			continue
		}
		step := problem.Step{Kind: offer.Kind}
		for _, dir := range offer.Dirs {
			step.Dirs = append(step.Dirs, ctx.show(dir))
		}
		at := slices.IndexFunc(s.Steps, func(t problem.Step) bool { return t.Kind == placeKinds[ldso.Default] })
		if at < 0 {
			at = len(s.Steps)
		}
		s.Steps = slices.Insert(s.Steps, at, step)
	}
	return s
}

// show returns a path as messages have it; a store hash is an ellipsis.
func (ctx Context) show(dir string) string {
	if ctx.Show != nil {
		if shown := ctx.Show(dir); shown != "" {
			return shown
		}
	}
	return nixstore.ElideHash(dir)
}
