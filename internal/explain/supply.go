package explain

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// supply says who supplies one need of object i: what the plan found, else what
// package supply knows.
func (b *builder) supply(i int, n plan.Need) Need {
	need := Need{Soname: n.Soname, Object: -1, External: -1, Path: n.Path, Via: n.Via, Searched: n.Searched}
	own, ok := b.byFile[n.Real]
	switch {
	case n.Found && n.Via == ldso.Driver:
		need.From = supply.Driver
	case n.Found && ok:
		need.Object, need.From = own, b.relation(i, own)
		need.How = b.model.Objects[i].how(n.Need)
	case n.Found:
		need.From, need.How = supply.Input, string(n.Via)+" "+filepath.Dir(n.Path)
	case n.Unreached != nil && n.Unreached.Own:
		j := b.byFile[b.real(n.Unreached.Path)]
		need.Object, need.From = j, b.relation(i, j)
		need.Path = b.model.Objects[j].File
		need.How = "no RUNPATH leads to it; patching adds one"
	case n.Unreached != nil:
		need.From, need.Path, need.How = supply.Input, n.Unreached.Path, "named directory "+filepath.Dir(n.Unreached.Path)
	default:
		need.From = b.find(b.model.Objects[i].Wheel, n.Soname).From
	}
	return need
}

func (b *builder) relation(i, j int) supply.Supplier {
	if b.model.Objects[i].Wheel == b.model.Objects[j].Wheel {
		return supply.Self
	}
	return supply.Sibling
}

// find asks who supplies a library that is nowhere to be seen.
func (b *builder) find(w int, soname string) supply.Answer {
	return supply.Find(soname, b.model.Wheels[w].asker())
}

func (w Wheel) asker() supply.Wheel {
	return supply.Wheel{Name: w.Name, Requires: w.Requires, Platforms: w.Platforms}
}

// external records a need that no object serves and returns its index.
func (b *builder) external(i int, n Need) int {
	key := externalKey{n.Soname, n.From}
	j, ok := b.ext[key]
	if !ok {
		j = len(b.model.External)
		b.ext[key] = j
		b.model.External = append(b.model.External, b.describe(n, b.model.Objects[i].Wheel))
	}
	e := &b.model.External[j]
	if !slices.Contains(e.NeededBy, i) {
		e.NeededBy = append(e.NeededBy, i)
	}
	for _, v := range b.plan[i].ELF.Verneed {
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

func (b *builder) describe(n Need, w int) External {
	e := External{Soname: n.Soname, Answer: b.find(w, n.Soname)}
	e.From = n.From
	if n.From == supply.Input {
		e.File = n.Path
	}
	if e.Other != "" && e.Attr != "" {
		e.Note = fmt.Sprintf("nixpkgs has %s (%s): another version", e.Other, e.Attr)
	}
	return e
}

// bestSupplier says who supplies the first of some alternatives that anyone
// supplies; own is one of the wheels' own, if there is any.
func (b *builder) bestSupplier(i int, sonames []string, own *plan.Candidate) supply.Supplier {
	if own != nil {
		return b.relation(i, b.byFile[b.real(own.Path)])
	}
	best := supply.Unknown
	for _, s := range sonames {
		from := b.find(b.model.Objects[i].Wheel, s).From
		if slices.Index(supply.Suppliers(), from) < slices.Index(supply.Suppliers(), best) {
			best = from
		}
	}
	return best
}
