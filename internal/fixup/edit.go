package fixup

// This file decides the edit of one object (facts P2, P4 and P5 of the
// design): nothing where the object's own path already leads the loader to
// every library; else what is there stays first and what is missing comes
// after it.

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// edit gives what must be written into o, nil where nothing must.
func (p *planner) edit(o *Object) *Edit {
	var e Edit
	if o.ELF.IsProgram() && o.ELF.Interp != p.loader.Interpreter {
		e.Interpreter = p.loader.Interpreter
		e.Reasons = append(e.Reasons, fmt.Sprintf("interpreter %s", o.ELF.Interp))
	}
	if o.ELF.ExecStack && p.options.ClearExecstack {
		e.ClearExecstack = true
		e.Reasons = append(e.Reasons, "executable stack")
	}
	p.editRunpath(o, &e)
	if len(e.Reasons) == 0 {
		return nil
	}
	return &e
}

// editRunpath fills in the search path of e where it must change.
func (p *planner) editRunpath(o *Object, e *Edit) {
	old, rpath := searchPath(o.ELF)
	kept, impure := p.keep(old)
	for _, dir := range impure {
		e.Reasons = append(e.Reasons, fmt.Sprintf("drops %q, a directory outside the store", dir))
	}
	path := &pathBuilder{p: p, o: o, rpath: rpath, entries: kept}
	if p.options.Layout == LayoutFlat {
		path.prepend(p.flatLib(o))
	}
	for _, soname := range o.ELF.Needed {
		path.serve(soname)
	}
	for _, d := range o.ELF.Dlopen {
		path.serveAny(d.Sonames)
	}
	if o.ELF.IsProgram() {
		path.addDirs(p.options.RuntimeDependencies, "runtime dependency")
	}
	path.addDirs(p.options.AppendRpaths, "appended on request")
	e.Reasons = append(e.Reasons, path.reasons...)
	if len(path.reasons) == 0 && len(impure) == 0 {
		return
	}
	e.SetRunpath, e.Runpath, e.ForceRpath = true, path.entries, rpath
}

// A pathBuilder grows the search path of one object.
type pathBuilder struct {
	p       *planner
	o       *Object
	rpath   bool
	entries []string
	reasons []string
}

// serve makes the loader find soname by the object's own path, if anything
// can.
func (b *pathBuilder) serve(soname string) {
	if strings.Contains(soname, "/") {
		return // the loader opens it as it stands
	}
	need := b.p.ownPathFinds(b.o, b.entries, b.rpath, soname)
	if need.Found && (need.Via != ldso.Default || b.p.leaveToDefault(soname)) {
		return
	}
	if need.Found && b.p.options.KeepLibc && isLibcName(soname) {
		b.add(filepath.Dir(need.Path), soname)
		return
	}
	if c := b.p.candidates(b.o, soname); len(c) > 0 {
		b.add(b.p.entryFor(b.o.File, c[0]), soname)
		return
	}
	if !need.Found && isDriverName(soname) {
		b.add(driverDir, soname)
	}
}

// serveAny does the same for the first of several libraries that can be had;
// none is no error, the object asks at run time.
func (b *pathBuilder) serveAny(sonames []string) {
	for _, soname := range sonames {
		if b.p.ownPathFinds(b.o, b.entries, b.rpath, soname).Found {
			return
		}
		if c := b.p.candidates(b.o, soname); len(c) > 0 {
			b.add(b.p.entryFor(b.o.File, c[0]), soname)
			return
		}
	}
}

// addDirs appends directories whether anything needs them or not.
func (b *pathBuilder) addDirs(dirs []string, reason string) {
	for _, dir := range dirs {
		b.add(dir, reason)
	}
}

// add appends one entry, once.
func (b *pathBuilder) add(entry, reason string) {
	if slices.Contains(b.entries, entry) {
		return
	}
	b.entries = append(b.entries[:len(b.entries):len(b.entries)], entry)
	b.reasons = append(b.reasons, fmt.Sprintf("adds %s for %s", entry, reason))
}

// prepend puts one directory before all others.
func (b *pathBuilder) prepend(dir string) {
	if dir == "" || slices.Contains(b.entries, dir) {
		return
	}
	b.entries = append([]string{dir}, b.entries...)
	b.reasons = append(b.reasons, fmt.Sprintf("puts %s first", dir))
}

// leaveToDefault tells whether a library that the default directories hold is
// to come from there: the C library always does, others only where nothing
// nearer has them, as on a machine whose loader searches all of /usr/lib.
func (p *planner) leaveToDefault(soname string) bool {
	return isLibcName(soname) && !p.options.KeepLibc
}
