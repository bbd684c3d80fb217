package plan

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// flatten returns the moves of --layout flat: bundled libraries go to lib/ of their
// output, where every object then searches first. Bundled are the objects whose
// file name another one needs. Extension modules stay: Python imports them by
// their place.
func (p *planner) flatten(objects []Object) ([]Move, []problem.Problem) {
	wanted := make(map[string]bool)
	for _, o := range objects {
		for _, soname := range o.ELF.Needed {
			wanted[soname] = true
		}
	}
	byTarget := make(map[string][]tree.Object)
	for _, po := range objects {
		o := po.Object
		name := filepath.Base(o.File)
		// Some libraries can be run too (libQtCore prints its version): they have
		// a soname, programs have none.
		if !wanted[name] || o.ELF.IsProgram() && o.ELF.Soname == "" || pyname.IsExtensionModule(name) {
			continue
		}
		to := filepath.Join(o.Root.Abs, "lib", name)
		byTarget[to] = append(byTarget[to], o)
	}
	var moves []Move
	var problems []problem.Problem
	for _, to := range slices.Sorted(maps.Keys(byTarget)) {
		m, conflict := p.gather(to, byTarget[to])
		moves = append(moves, m...)
		problems = append(problems, conflict...)
	}
	p.follow(moves)
	return moves, problems
}

// gather returns the moves of the libraries of one name to one place. It is a
// problem if they are not equal.
func (p *planner) gather(to string, objects []tree.Object) ([]Move, []problem.Problem) {
	// What lies there already stays the one copy.
	i := slices.IndexFunc(objects, func(o tree.Object) bool { return o.File == to })
	first := objects[max(i, 0)]
	var moves []Move
	for _, o := range objects {
		if o.File == to {
			continue
		}
		if o.Sum != first.Sum {
			return nil, []problem.Problem{sonameConflict(to, first, o)}
		}
		moves = append(moves, Move{From: o.File, To: to, Equal: i >= 0 || len(moves) > 0})
	}
	return moves, nil
}

// follow shows the planner the file system as it will be after the moves.
func (p *planner) follow(moves []Move) {
	names := make(map[string][]string, len(p.names))
	for name, paths := range p.names {
		names[name] = slices.Clone(paths)
	}
	p.files.moved = make(map[string]string, len(moves))
	p.files.real = make(map[string]string, len(moves))
	for _, m := range moves {
		if !m.Equal {
			p.files.moved[m.To] = m.From
		}
		if f, err := p.files.Files.Open(m.From); err == nil {
			p.files.real[f.Real] = m.To
		}
		name := filepath.Base(m.To)
		if !slices.Contains(names[name], m.To) {
			names[name] = append(names[name], m.To)
		}
		names[name] = slices.DeleteFunc(names[name], func(path string) bool { return path == m.From })
	}
	p.names = names
	p.placed = make(map[string]string, len(moves))
	for _, m := range moves {
		p.placed[m.From] = m.To
	}
}

// at returns where a file will be after the moves. The loader finds it there, and
// $ORIGIN is that directory.
func (p *planner) at(file string) string {
	if to, ok := p.placed[file]; ok {
		return to
	}
	return file
}

// flatLib returns lib/ of the object's output if the object needs a library from
// there, else "".
func (p *planner) flatLib(o *tree.Object) string {
	lib := filepath.Join(o.Root.Abs, "lib")
	if slices.ContainsFunc(o.ELF.Needed, func(soname string) bool {
		return slices.Contains(p.names[soname], filepath.Join(lib, soname))
	}) {
		return lib
	}
	return ""
}

// linkConflict words that a link would have the name of a library in its directory.
func linkConflict(object, soname, target, other string) problem.Problem {
	return problem.Problem{
		Code:     problem.SonameConflict,
		Path:     object,
		PathSaid: true,
		Message:  fmt.Sprintf("%q needs %q, and a link to %q may not stand beside a library that answers to that name", object, soname, target),
		Objects:  []string{other},
		Hint:     "have the object edited",
		Set:      `wheelAutoPatchLayout = "origin";`,
		ByHand:   "have the object edited: --layout origin",
		Severity: problem.Error,
	}
}

// sonameConflict words that two different files would have one name in lib/.
func sonameConflict(to string, a, b tree.Object) problem.Problem {
	return problem.Problem{
		Code:     problem.SonameConflict,
		Path:     b.Path,
		PathSaid: true,
		Message:  fmt.Sprintf("two different files would be %s", to),
		Objects:  []string{a.Path, b.Path},
		Hint:     "leave the libraries where they are",
		Set:      `wheelAutoPatchLayout = "origin";`,
		ByHand:   "leave the libraries where they are: --layout origin",
		Severity: problem.Error,
	}
}
