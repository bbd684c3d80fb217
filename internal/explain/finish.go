package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyload"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// finish completes the model once every need is known: it sorts, takes alternatives,
// and finds who supplies the guesses.
func (b *builder) finish() {
	m := &b.model
	order := make([]int, len(m.external))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int {
		return cmp.Or(cmp.Compare(m.external[x].Soname, m.external[y].Soname), cmp.Compare(m.external[x].From, m.external[y].From))
	})
	sorted, place := make([]external, len(order)), make([]int, len(order))
	for to, from := range order {
		sorted[to], place[from] = m.external[from], to
	}
	m.external = sorted
	for i := range m.objects {
		o := &m.objects[i]
		for j := range o.Needs {
			if n := &o.Needs[j]; n.External >= 0 {
				n.External = place[n.External]
			}
		}
		slices.Sort(o.NeededBy)
	}
	m.choose()
	b.judgeGuesses()
}

// choose fills in Instead of the libraries that an alternative makes needless.
func (m *Model) choose() {
	requests := make([]providers.Request, len(m.external))
	for i, e := range m.external {
		requests[i] = m.request(e)
	}
	for i, at := range providers.ResolveAlternatives(requests) {
		if at >= 0 && m.external[i].From == supply.Nixpkgs {
			m.external[i].Instead = requests[at].Soname
		}
	}
}

// request returns a library from outside with the objects that need it.
func (m *Model) request(e external) providers.Request {
	r := providers.Request{Soname: e.Soname, Satisfied: e.From == supply.Input}
	for _, obj := range e.NeededBy {
		r.Requesters = append(r.Requesters, m.objects[obj].Path)
	}
	return r
}

// judgeGuesses fills in who supplies the libraries that Python code names. It drops
// guesses of what the objects need from outside anyway, and doubles.
func (b *builder) judgeGuesses() {
	needed := map[string]bool{}
	for _, e := range b.model.external {
		needed[e.Soname] = true
	}
	seen := map[string]bool{}
	for _, g := range b.guesses {
		key := g.Soname + "\x00" + g.File + "\x00" + g.Edit.Old
		if seen[key] || needed[g.Soname] {
			continue
		}
		seen[key] = true
		b.guessSupplier(&g)
		// A string beside all calls is a weak guess: somebody must have the library.
		if g.Call != pyload.Named || g.From != supply.Unknown {
			b.model.guesses = append(b.model.guesses, g)
		}
	}
	slices.SortStableFunc(b.model.guesses, func(x, y guess) int {
		return cmp.Or(cmp.Compare(x.Wheel, y.Wheel), cmp.Compare(x.Soname, y.Soname), cmp.Compare(x.File, y.File))
	})
}

// guessSupplier fills in who has a library that Python code names. Such a name often has no
// version: any will do then.
func (b *builder) guessSupplier(g *guess) {
	if len(g.Names) == 0 {
		g.Names = []string{g.Soname}
	}
	if slices.ContainsFunc(g.Names, func(name string) bool { return b.ownLibrary(g.Wheel, name) }) {
		g.From = supply.Self
		return
	}
	a, name := supply.FindAny(g.Names, b.model.wheels[g.Wheel].Wheel)
	g.Soname, g.From = name, a.From
	if a.From == supply.Nixpkgs || a.From == supply.Promise {
		g.Attr, g.has = a.Attr, a
	}
}

// ownLibrary reports whether the wheel of index w has a library of that name, or of that
// name with a version, a digest or a machine in it.
func (b *builder) ownLibrary(w int, soname string) bool {
	stem := strings.TrimSuffix(soname, ".so")
	for name, files := range b.inventory.Names {
		if name != soname && !strings.HasPrefix(name, stem+".so") && !strings.HasPrefix(name, stem+"-") && !strings.HasPrefix(name, stem+"_") {
			continue
		}
		if slices.ContainsFunc(files, func(file string) bool {
			return b.inventory.Roots.Of(file) == b.inventory.Roots[w]
		}) {
			return true
		}
	}
	return false
}

// pythonOpens returns what the Python code of a wheel opens by name and the wheel has not, each
// library once.
func (m Model) pythonOpens(wheel int) []supply.Opened {
	var out []supply.Opened
	index := map[string]int{}
	for _, g := range m.guesses {
		if g.Wheel != wheel || g.From == supply.Self || g.From == supply.Libc || g.From == supply.Driver {
			continue
		}
		key := g.Soname
		if g.Attr != "" {
			key = g.Attr + " " + g.has.Soname
		}
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, supply.Opened{Names: []string{g.Soname}, Python: true, Wheel: m.wheels[wheel].Wheel})
		}
		out[i].Loads = append(out[i].Loads, g.Load)
		out[i].By = append(out[i].By, fmt.Sprintf("%s:%d, by %s", g.File, g.Line, g.Call))
	}
	return out
}

// substitutions returns what has the Python code of a wheel open libraries by their paths.
func (m Model) substitutions(wheel int) []problem.Substitution {
	var out []problem.Substitution
	for _, o := range m.pythonOpens(wheel) {
		out = append(out, supply.Substitutions(o.Loads, supply.FindOpened(o.Name(), o.Wheel))...)
	}
	return out
}
