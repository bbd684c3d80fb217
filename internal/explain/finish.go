package explain

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// This file completes a model once every need is known.

// finish sorts, sets the kinds of objects, and judges the guesses.
func (b *builder) finish() {
	m := &b.model
	order := make([]int, len(m.External))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int {
		return cmp.Or(cmp.Compare(m.External[x].Soname, m.External[y].Soname), cmp.Compare(m.External[x].From, m.External[y].From))
	})
	sorted, place := make([]External, len(order)), make([]int, len(order))
	for to, from := range order {
		sorted[to], place[from] = m.External[from], to
	}
	m.External = sorted
	for i := range m.Objects {
		o := &m.Objects[i]
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

// choose finds the libraries that an alternative makes needless.
func (m *Model) choose() {
	asked := make([]providers.Request, len(m.External))
	for i, e := range m.External {
		asked[i] = m.asked(e)
	}
	for i, at := range providers.ResolveAlternatives(asked) {
		if at >= 0 && m.External[i].From == supply.Nixpkgs {
			m.External[i].Instead = asked[at].Soname
		}
	}
}

func (m *Model) asked(e External) providers.Request {
	a := providers.Request{Soname: e.Soname, Satisfied: e.From == supply.Input}
	for _, obj := range e.NeededBy {
		a.Requesters = append(a.Requesters, m.Objects[obj].Path)
	}
	return a
}

// judgeGuesses says who has the libraries that Python code names, and drops what
// the object files need anyway.
func (b *builder) judgeGuesses() {
	needed := map[string]bool{}
	for _, e := range b.model.External {
		needed[e.Soname] = true
	}
	seen := map[string]bool{}
	for _, g := range b.Guesses {
		key := g.Soname + "\x00" + g.File
		if seen[key] || needed[g.Soname] {
			continue
		}
		seen[key] = true
		g.From, g.Attr = b.guessSupplier(g)
		b.model.Guesses = append(b.model.Guesses, g)
	}
	slices.SortStableFunc(b.model.Guesses, func(x, y Guess) int {
		return cmp.Or(cmp.Compare(x.Wheel, y.Wheel), cmp.Compare(x.Soname, y.Soname), cmp.Compare(x.File, y.File))
	})
}

// guessSupplier says who has a library that Python code names, and the attribute
// of nixpkgs.
func (b *builder) guessSupplier(g Guess) (supply.Supplier, string) {
	stem := strings.TrimSuffix(g.Soname, ".so")
	for name, files := range b.Inventory.Names {
		if name != g.Soname && !strings.HasPrefix(name, stem+".so") && !strings.HasPrefix(name, stem+"-") {
			continue
		}
		if slices.ContainsFunc(files, func(file string) bool {
			return b.Inventory.Roots.Of(file) == b.Inventory.Roots[g.Wheel]
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
		return supply.Nixpkgs, a.Attr // a name without version: any will do
	case a.From == supply.Nixpkgs || a.From == supply.Promise:
		return a.From, a.Attr
	}
	return a.From, ""
}
