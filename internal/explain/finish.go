package explain

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
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
		key := g.Soname + "\x00" + g.File
		if seen[key] || needed[g.Soname] {
			continue
		}
		seen[key] = true
		g.From, g.Attr = b.guessSupplier(g)
		b.model.guesses = append(b.model.guesses, g)
	}
	slices.SortStableFunc(b.model.guesses, func(x, y guess) int {
		return cmp.Or(cmp.Compare(x.Wheel, y.Wheel), cmp.Compare(x.Soname, y.Soname), cmp.Compare(x.File, y.File))
	})
}

// guessSupplier returns who has a library that Python code names, and the attribute
// of nixpkgs. Such a name often has no version: any will do then.
func (b *builder) guessSupplier(g guess) (supply.Supplier, string) {
	stem := strings.TrimSuffix(g.Soname, ".so")
	for name, files := range b.inventory.Names {
		if name != g.Soname && !strings.HasPrefix(name, stem+".so") && !strings.HasPrefix(name, stem+"-") {
			continue
		}
		if slices.ContainsFunc(files, func(file string) bool {
			return b.inventory.Roots.Of(file) == b.inventory.Roots[g.Wheel]
		}) {
			return supply.Self, ""
		}
	}
	a := b.find(g.Wheel, g.Soname)
	switch {
	case a.From == supply.Unknown && providers.IsLibc(a.Other):
		return supply.Libc, ""
	case a.From == supply.Unknown && providers.IsDriver(a.Other):
		return supply.Driver, ""
	case a.From == supply.Unknown && a.Attr != "":
		return supply.Nixpkgs, a.Attr
	case a.From == supply.Nixpkgs || a.From == supply.Promise:
		return a.From, a.Attr
	}
	return a.From, ""
}
