package explain

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// This file decides who supplies one library.

// supply says who supplies one need of object i.
func (b *builder) supply(i int, n ldso.Need) Need {
	need := Need{Soname: n.Soname, Object: -1, External: -1, Path: n.Path, Via: n.Via, Searched: n.Searched}
	if n.Found {
		if j, ok := b.byFile[n.Real]; ok {
			need.Object, need.From = j, b.relation(i, j)
			need.How = b.how(i, n)
			return need
		}
		need.From, need.How = Input, string(n.Via)+" "+filepath.Dir(n.Path)
		return need
	}
	if j := b.nearest(i, n.Soname); j >= 0 {
		need.Object, need.From = j, b.relation(i, j)
		need.Path = b.model.Objects[j].File
		need.How = "no run path leads to it; patching adds one"
		return need
	}
	if file := b.inDirs(i, n.Soname); file != "" {
		need.From, need.Path, need.How = Input, file, "named directory "+filepath.Dir(file)
		return need
	}
	need.From = b.classify(b.model.Objects[i].Wheel, n.Soname)
	return need
}

func (b *builder) relation(i, j int) Supplier {
	if b.model.Objects[i].Wheel == b.model.Objects[j].Wheel {
		return Self
	}
	return Sibling
}

// how words the way the loader takes, by the entry of the run path as it is
// written.
func (b *builder) how(i int, n ldso.Need) string {
	if n.Loaded {
		return "loaded before"
	}
	switch n.Via {
	case ldso.Runpath, ldso.Rpath:
		obj := b.model.Objects[i]
		origin := filepath.Dir(obj.File)
		for _, entry := range obj.Runpath {
			dir := strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(entry)
			if filepath.Clean(dir) == filepath.Dir(n.Path) {
				return strings.ToUpper(string(n.Via)) + " " + entry
			}
		}
		return "inherited " + strings.ToUpper(string(n.Via))
	}
	return string(n.Via)
}

// nearest finds an object of this name for the same machine: in the same wheel
// before others, in the nearest directory, then by path.
func (b *builder) nearest(i int, soname string) int {
	var fit []int
	for _, j := range b.byName[soname] {
		if j != i && sameMachine(b.Objects[i].ELF, b.Objects[j].ELF) {
			fit = append(fit, j)
		}
	}
	if len(fit) == 0 {
		return -1
	}
	from := filepath.Dir(b.model.Objects[i].File)
	distance := func(j int) int {
		rel, err := filepath.Rel(from, filepath.Dir(b.model.Objects[j].File))
		if err != nil {
			return 1 << 20
		}
		return len(strings.Split(rel, "/"))
	}
	return slices.MinFunc(fit, func(x, y int) int {
		other := func(j int) int {
			if b.model.Objects[j].Wheel == b.model.Objects[i].Wheel {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(other(x), other(y)), cmp.Compare(distance(x), distance(y)),
			cmp.Compare(b.model.Objects[x].File, b.model.Objects[y].File))
	})
}

func sameMachine(a, b *elfobj.Object) bool {
	return a.Class == b.Class && a.Data == b.Data && a.Machine == b.Machine
}

// inDirs looks into the named directories, then below site-packages.
func (b *builder) inDirs(i int, soname string) string {
	if strings.Contains(soname, "/") || b.Disk == nil {
		return ""
	}
	var files []string
	for _, dir := range b.Libs {
		files = append(files, filepath.Join(dir, soname))
	}
	for _, file := range append(files, b.Names[soname]...) {
		if f, err := b.Disk.Open(file); err == nil && sameMachine(b.Objects[i].ELF, f.Object) {
			return file
		}
	}
	return ""
}

// classify says who supplies a library that is nowhere to be seen.
func (b *builder) classify(w int, soname string) Supplier {
	of := b.model.Wheels[w]
	m, known := providers.Lookup(soname)
	known = known && m.Kind != providers.Near
	switch {
	case providers.IsLibc(soname):
		return Libc
	case slices.ContainsFunc(of.Platforms, func(tag string) bool { return slices.Contains(providers.Promised(tag), soname) }):
		return Promise
	case known && m.Driver:
		return Driver
	case known && slices.ContainsFunc(m.Dists, func(d string) bool { return slices.Contains(of.Requires, d) }):
		return Dist
	case known && m.SiblingFirst && len(m.Dists) > 0:
		return Dist
	case known && m.Attr != "":
		return Nixpkgs
	case known && len(m.Dists) > 0:
		return Dist
	}
	return Nobody
}

// external records a need that no object serves and gives its index.
func (b *builder) external(i int, n Need) int {
	key := externalKey{n.Soname, n.From}
	j, ok := b.ext[key]
	if !ok {
		j = len(b.model.External)
		b.ext[key] = j
		b.model.External = append(b.model.External, describe(n, b.model.Wheels[b.model.Objects[i].Wheel]))
	}
	e := &b.model.External[j]
	if !slices.Contains(e.NeededBy, i) {
		e.NeededBy = append(e.NeededBy, i)
	}
	for _, v := range b.Objects[i].ELF.Verneed {
		if v.File != n.Soname {
			continue
		}
		var names []string
		for _, version := range v.Versions {
			names = append(names, version.Name)
		}
		e.Versions = highest(append(names, e.Versions...))
	}
	return j
}

func describe(n Need, w Wheel) External {
	e := External{Soname: n.Soname, From: n.From}
	if n.From == Input {
		e.File = n.Path
	}
	m, ok := providers.Lookup(n.Soname)
	switch {
	case !ok:
	case m.Kind == providers.Near:
		if m.Attr != "" {
			e.Note = fmt.Sprintf("nixpkgs has %s (%s): another version", m.Soname, m.Attr)
		}
	default:
		e.Attr, e.Dists, e.Note, e.Optional = m.Attr, preferred(m.Dists, w), m.Note, m.Optional
	}
	return e
}

// preferred puts first what the wheel requires, then what its own project makes:
// the libraries of pyside6-essentials come from pyside6-addons, not from pyqt6.
func preferred(dists []string, w Wheel) []string {
	family, _, _ := strings.Cut(wheel.NormalName(w.Name), "-")
	rank := func(dist string) int {
		switch {
		case slices.Contains(w.Requires, dist):
			return 0
		case family != "" && strings.HasPrefix(dist, family) && dist != wheel.NormalName(w.Name):
			return 1
		case dist == wheel.NormalName(w.Name):
			return 3
		}
		return 2
	}
	out := slices.Clone(dists)
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// quickly says who supplies the first of some alternatives that anyone supplies.
func (b *builder) quickly(i int, sonames []string) Supplier {
	best := Nobody
	for _, s := range sonames {
		from := b.classify(b.model.Objects[i].Wheel, s)
		if j := b.nearest(i, s); j >= 0 {
			from = b.relation(i, j)
		}
		if slices.Index(Suppliers(), from) < slices.Index(Suppliers(), best) {
			best = from
		}
	}
	return best
}
