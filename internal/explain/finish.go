package explain

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
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
		o.Kind = kindOf(*o)
	}
	m.choose()
	b.judgeGuesses()
}

// choose finds the libraries that an alternative makes needless.
func (m *Model) choose() {
	asked := make([]providers.Asked, len(m.External))
	for i, e := range m.External {
		asked[i] = m.asked(e)
	}
	for i, at := range providers.Instead(asked) {
		if at >= 0 && m.External[i].From == Nixpkgs {
			m.External[i].Instead = asked[at].Soname
		}
	}
}

func (m *Model) asked(e External) providers.Asked {
	a := providers.Asked{Soname: e.Soname, Have: e.From == Input}
	for _, obj := range e.NeededBy {
		a.By = append(a.By, m.Objects[obj].Path)
	}
	return a
}

// extensionName is a module that Python imports: PEP 3149 and PEP 384 names, and
// plain ones, which no linker makes for a library.
var extensionName = regexp.MustCompile(`\.(cpython-[^.]*|abi3|pypy[^.]*)\.so$|^[^.]+\.so$`)

func kindOf(o Object) Kind {
	base := path.Base(o.Path)
	switch {
	case o.Interp != "" && !strings.Contains(base, ".so"):
		return Program
	case extensionName.MatchString(base) && (!strings.HasPrefix(base, "lib") || strings.Contains(base, ".cpython-") || strings.Contains(base, ".abi3.")):
		return Extension
	case len(o.NeededBy) > 0:
		return Library
	case o.Interp == "" && !strings.Contains(base, ".so"):
		return Program // static
	case !strings.HasPrefix(base, "lib") || strings.HasSuffix(base, ".so") && !isLibDir(path.Dir(o.Path)):
		return Plugin
	}
	return Library
}

// isLibDir tells of the directories that wheels keep bundled libraries in:
// a library there that nothing needs is one for other wheels.
func isLibDir(dir string) bool {
	base := path.Base(dir)
	return base == "lib" || base == "lib64" || base == "libs" || base == ".libs" || strings.HasSuffix(base, ".libs")
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

func (b *builder) guessSupplier(g Guess) (Supplier, string) {
	stem := strings.TrimSuffix(g.Soname, ".so")
	for name, objects := range b.byName {
		if name == g.Soname || strings.HasPrefix(name, stem+".so") || strings.HasPrefix(name, stem+"-") {
			if b.model.Objects[objects[0]].Wheel == g.Wheel {
				return Self, ""
			}
		}
	}
	from := b.classify(g.Wheel, g.Soname)
	m, ok := providers.Lookup(g.Soname)
	if from == Nobody && ok && m.Attr != "" {
		from = Nixpkgs // a name without version: any will do
	}
	if from == Nobody && ok && m.Libc || g.Soname == "libc.so" || g.Soname == "libm.so" {
		return Libc, ""
	}
	if ok && m.Driver {
		return Driver, ""
	}
	if from != Nixpkgs && from != Promise {
		return from, ""
	}
	return from, m.Attr
}
