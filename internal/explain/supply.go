package explain

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// supply returns who supplies a need of object i: the file that package plan found,
// else whom package supply knows.
func (b *builder) supply(i int, n plan.Need) needInfo {
	need := needInfo{Soname: n.Soname, Object: -1, External: -1, Path: n.Path, Via: n.Via, Searched: n.Searched}
	own, ok := b.byFile[n.Real]
	switch {
	case n.Found && n.Via == ldso.Driver:
		need.From = supply.Driver
	case n.Found && ok:
		need.Object, need.From = own, b.relation(i, own)
		need.How = b.model.objects[i].how(n.Need)
	case n.Found:
		need.From, need.How = supply.Input, string(n.Via)+" "+filepath.Dir(n.Path)
	case n.Unreached != nil && n.Unreached.Own:
		j := b.byFile[b.real(n.Unreached.Path)]
		need.Object, need.From = j, b.relation(i, j)
		need.Path = b.model.objects[j].File
		need.How = "no RUNPATH leads to it; patching adds one"
	case n.Unreached != nil:
		need.From, need.Path, need.How = supply.Input, n.Unreached.Path, "named directory "+filepath.Dir(n.Unreached.Path)
	default:
		need.From = b.find(b.model.objects[i].Wheel, n.Soname).From
	}
	return need
}

// relation returns what object j is to object i: of its own wheel, or of another.
func (b *builder) relation(i, j int) supply.Supplier {
	if b.model.objects[i].Wheel == b.model.objects[j].Wheel {
		return supply.Self
	}
	return supply.Sibling
}

// find returns who supplies a library that was not found to the wheel of index w.
func (b *builder) find(w int, soname string) supply.Answer {
	return supply.Find(soname, b.model.wheels[w].Wheel)
}

// external records a need of object i that no object serves, and returns its index
// in Model.external.
func (b *builder) external(i int, n needInfo) int {
	key := externalKey{n.Soname, n.From}
	j, ok := b.ext[key]
	if !ok {
		j = len(b.model.external)
		b.ext[key] = j
		b.model.external = append(b.model.external, b.describe(n, b.model.objects[i].Wheel))
	}
	e := &b.model.external[j]
	if !slices.Contains(e.NeededBy, i) {
		e.NeededBy = append(e.NeededBy, i)
	}
	for _, v := range b.objects[i].ELF.Verneed {
		if v.File != n.Soname {
			continue
		}
		var names []string
		for _, version := range v.Versions {
			names = append(names, version.Name)
		}
		w := b.model.objects[i].Wheel
		if e.Versions == nil {
			e.Versions = map[int][]string{}
		}
		e.Versions[w] = highest(append(names, e.Versions[w]...))
	}
	return j
}

// describe returns the library from outside that serves a need of wheel w.
func (b *builder) describe(n needInfo, w int) external {
	e := external{Soname: n.Soname, Answer: b.find(w, n.Soname)}
	e.From = n.From
	if n.From == supply.Input {
		e.File = n.Path
	}
	if e.Other != "" && e.Attr != "" {
		e.Note = fmt.Sprintf("nixpkgs has %s (%s): another version", e.Other, e.Attr)
	}
	return e
}
