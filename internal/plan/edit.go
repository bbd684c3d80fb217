package plan

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// edit returns what must be written into o, or nil. Nothing is, where the object's
// own RUNPATH already leads the loader to every library. Else the entries that
// are there stay first, and those that are missing come after them. It returns too
// what these are for, if that is all that the edit is for: then links may do instead.
func (p *planner) edit(o *tree.Object) (*Edit, []want) {
	var e Edit
	if o.ELF.IsProgram() && o.ELF.Interp != p.loader.Interpreter {
		e.Interpreter = p.loader.Interpreter
		e.Reasons = append(e.Reasons, fmt.Sprintf("interpreter %s", o.ELF.Interp))
	}
	if o.ELF.ExecStack && p.options.ClearExecstack {
		e.ClearExecstack = true
		e.Reasons = append(e.Reasons, "executable stack")
	}
	wants, entries := p.editRunpath(o, &e)
	switch {
	case len(e.Reasons) == 0:
		return nil, nil
	case len(e.Reasons) > entries:
		return &e, nil
	}
	return &e, wants
}

// editRunpath fills in the RUNPATH of e if it must change. It returns the libraries that
// entries are added for, and how many of the reasons say so.
func (p *planner) editRunpath(o *tree.Object, e *Edit) (wants []want, entries int) {
	old, rpath := o.ELF.SearchPath()
	kept, impure := p.filterRunpath(old)
	for _, dir := range impure {
		e.Reasons = append(e.Reasons, fmt.Sprintf("drops %q, a directory outside the store", dir))
	}
	path := &pathBuilder{p: p, o: o, rpath: rpath, entries: kept}
	if p.options.Layout == Flat {
		path.prepend(p.flatLib(o))
	}
	before := len(path.reasons)
	wants = path.wants()
	path.serve(wants)
	entries = len(path.reasons) - before
	if o.ELF.IsProgram() {
		path.addDirs(p.options.RuntimeDependencies, "runtime dependency")
	}
	path.addDirs(p.options.AppendRpaths, "appended on request")
	if len(path.reasons) > 0 || len(impure) > 0 {
		path.writeTo(e)
	}
	return wants, entries
}

// reachBesideLinks adds directories of the outputs, as absolute ones, to objects that
// find a library by their own place but not where a link leads to them: $ORIGIN is the
// directory of the link then. It reports whether there were any. The objects must be
// resolved.
func (p *planner) reachBesideLinks(objects []Object) (any bool) {
	for i := range objects {
		po := &objects[i]
		e := &Edit{}
		o := po.Object
		o.File = p.at(o.File)
		path := &pathBuilder{p: p, o: &o}
		path.entries, path.rpath = po.ELF.SearchPath()
		if po.Edit != nil {
			e = po.Edit
			if e.SetRunpath {
				path.entries = e.Runpath
			}
		}
		for _, need := range po.Needs {
			if need.Status == Missing && path.find(need.Soname).Found {
				c := p.candidates(&o, need.Soname)
				if len(c) > 0 && c[0].Own {
					path.add(filepath.Dir(c[0].Path), need.Soname+", where a link leads to this object")
				}
			}
		}
		if len(path.reasons) > 0 {
			path.writeTo(e)
			e.Instead = nil
			po.Edit, any = e, true
			p.files.apply(po)
		}
	}
	return any
}

// A pathBuilder adds entries to the RUNPATH of one object, or to its RPATH.
type pathBuilder struct {
	p       *planner
	o       *tree.Object
	rpath   bool
	entries []string
	reasons []string

	// What the loader finds by the entries so far: in all that it searches, and without its
	// default directories. Nil where entries have changed.
	all, own func(soname string) ldso.Need
}

// A want is a name that the loader is to find a library by, and an entry that would make
// it find that.
type want struct {
	entry, soname string
	library       *Candidate // nil where it is none that this run was given
	rank          int
	opened        bool // by name, while the object runs
}

// wants returns the libraries of the object that the entries so far do not lead to, as
// far as they can be found at all, in the order of the search.
func (b *pathBuilder) wants() []want {
	var wants []want
	for _, soname := range b.o.ELF.Needed {
		if w, ok := b.want(soname); ok {
			wants = append(wants, w)
		}
	}
	for _, filter := range b.o.ELF.Filters {
		wants = append(wants, b.wantAny([]string{filter.Name})...)
	}
	wants = append(wants, b.wantOpened()...)
	slices.SortStableFunc(wants, func(x, y want) int { return cmp.Compare(x.rank, y.rank) })
	return wants
}

// serve adds the entries that are wanted. They are added in the order of the search, not
// of the needs: an entry that is added early for one library must not hide a better
// place of another.
func (b *pathBuilder) serve(wants []want) {
	for _, w := range wants {
		if !slices.Contains(b.entries, w.entry) && !b.leadsTo(w.soname) {
			b.add(w.entry, w.reason())
		}
	}
}

// reason says what an entry is for.
func (w want) reason() string {
	if w.opened {
		return w.soname + ", which it opens by name"
	}
	return w.soname
}

// want returns the entry that is missing for soname. It is false if none is, or if
// no candidate has the library.
func (b *pathBuilder) want(soname string) (want, bool) {
	if strings.Contains(soname, "/") {
		return want{}, false // the loader opens it as it stands
	}
	if b.leadsTo(soname) {
		return want{}, false
	}
	if providers.IsLibc(soname) {
		if need := b.find(soname); need.Found {
			return want{entry: filepath.Dir(need.Path), soname: soname, rank: rankLast}, b.p.options.KeepLibc
		}
	}
	if c := b.p.candidates(b.o, soname); len(c) > 0 {
		return want{entry: b.p.entryFor(b.o.File, c[0]), soname: soname, library: &c[0], rank: c[0].rank}, true
	}
	if providers.IsDriver(soname) && !b.find(soname).Found {
		return want{entry: providers.DriverDir, soname: soname, rank: rankLast}, true
	}
	return want{}, false
}

// wantAny returns the entry for the first of several libraries that has one. None
// is no error: the object opens them at run time.
func (b *pathBuilder) wantAny(sonames []string) []want {
	for _, soname := range sonames {
		if b.find(soname).Found {
			return nil
		}
		if w, ok := b.want(soname); ok {
			return []want{w}
		}
	}
	return nil
}

// find returns what the loader finds for soname by the entries so far.
func (b *pathBuilder) find(soname string) ldso.Need {
	if b.all == nil {
		b.all = b.p.loader.Finder(b.p.files, b.o.ELF.WithSearchPath(b.entries, b.rpath), b.o.File)
	}
	return b.all(soname)
}

// leadsTo reports whether the entries so far lead the loader to soname, so that it does
// not come to its default directories.
func (b *pathBuilder) leadsTo(soname string) bool {
	if b.own == nil {
		own := *b.o.ELF.WithSearchPath(b.entries, b.rpath)
		own.NoDefLib = true
		b.own = b.p.loader.Finder(b.p.files, &own, b.o.File)
	}
	need := b.own(soname)
	return need.Found && need.Via != ldso.Default || !need.Found && providers.IsDriver(soname) && b.p.driverLink(need) != ""
}

// addDirs appends directories, whether a library is needed from them or not.
func (b *pathBuilder) addDirs(dirs []string, reason string) {
	for _, dir := range dirs {
		b.add(dir, reason)
	}
}

// add appends an entry, unless it is there already.
func (b *pathBuilder) add(entry, reason string) {
	if slices.Contains(b.entries, entry) {
		return
	}
	b.setEntries(append(b.entries[:len(b.entries):len(b.entries)], entry))
	b.reasons = append(b.reasons, fmt.Sprintf("adds %s for %s", entry, reason))
}

func (b *pathBuilder) setEntries(entries []string) {
	b.entries, b.all, b.own = entries, nil, nil
}

// writeTo has an edit write the path, with the reasons for it.
func (b *pathBuilder) writeTo(e *Edit) {
	e.SetRunpath, e.Runpath, e.ForceRpath = true, b.entries, b.rpath
	e.Reasons = append(e.Reasons, b.reasons...)
}

// prepend puts a directory before all entries, unless it is among them.
func (b *pathBuilder) prepend(dir string) {
	if dir == "" || slices.Contains(b.entries, dir) {
		return
	}
	b.setEntries(append([]string{dir}, b.entries...))
	b.reasons = append(b.reasons, fmt.Sprintf("puts %s first", dir))
}
