package explain

import (
	"cmp"
	"debug/elf"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// This file makes a model: it resolves what each object needs by the loader's own
// rules (package ldso), with no directory of this machine.

// A Source is all that Build needs; [Gather] makes one.
type Source struct {
	Wheels  []Wheel // Guesses and Objects refer to them by index
	Objects []SourceObject
	Planned []report.ObjectReport // what patching would write, where that was asked for
	Guesses []Guess
	// Libs are directories that were named, searched in order.
	Libs []string
	// Names leads from file names to paths below site-packages of dependencies.
	Names map[string][]string
	// Disk is what lies outside the wheels.
	Disk ldso.Files
}

// A SourceObject is an object of one of the wheels.
type SourceObject struct {
	Wheel int
	tree.Object
}

// A builder fills in a model.
type builder struct {
	Source
	model  Model
	files  objectFiles
	byName map[string][]int // indices of objects by file name and soname
	byFile map[string]int
	ext    map[externalKey]int
}

// An externalKey tells needs apart that one soname may stand for: a library
// that one wheel's tag promises may be an ordinary input of another.
type externalKey struct {
	soname string
	from   Supplier
}

// Build makes the model. It is a pure function of the source and of what
// Source.Disk shows.
func Build(s Source) Model {
	b := &builder{Source: s, byName: map[string][]int{}, byFile: map[string]int{}, ext: map[externalKey]int{}}
	b.model.Wheels, b.model.Planned = s.Wheels, s.Planned
	b.files = objectFiles{objects: map[string]*elfobj.Object{}, disk: s.Disk}
	slices.SortStableFunc(b.Objects, func(x, y SourceObject) int {
		return cmp.Or(cmp.Compare(x.Wheel, y.Wheel), cmp.Compare(x.Path, y.Path))
	})
	for i, o := range b.Objects {
		b.model.Objects = append(b.model.Objects, newObject(o))
		b.files.objects[o.File] = o.ELF
		b.byFile[o.File] = i
		b.name(filepath.Base(o.File), i)
		if o.ELF.Soname != "" && o.ELF.Soname != filepath.Base(o.File) {
			b.name(o.ELF.Soname, i)
		}
	}
	for i := range b.Objects {
		b.resolve(i)
	}
	b.finish()
	return b.model
}

func (b *builder) name(name string, i int) { b.byName[name] = append(b.byName[name], i) }

func newObject(o SourceObject) Object {
	out := Object{
		Wheel: o.Wheel, Path: o.Path, File: o.File, Soname: o.ELF.Soname, Size: o.Size,
		Class: className(o.ELF.Class), Machine: tree.MachineName(o.ELF.Machine), Interp: o.ELF.Interp,
		Runpath: o.ELF.Runpath,
	}
	if o.ELF.Runpath == nil && o.ELF.Rpath != nil {
		out.Runpath, out.Rpath = o.ELF.Rpath, true
	}
	var wanted []string
	for _, v := range o.ELF.Verneed {
		for _, version := range v.Versions {
			wanted = append(wanted, version.Name)
		}
	}
	out.Versions = highest(wanted)
	for _, d := range o.ELF.Dlopen {
		out.Dlopen = append(out.Dlopen, Dlopen{Sonames: d.Sonames, Feature: d.Feature, Priority: d.Priority})
	}
	return out
}

// highest keeps the highest of the versions that say which nixpkgs is needed.
func highest(symbols []string) []string {
	var out []string
	for _, prefix := range []string{"GLIBC", "GLIBCXX", "CXXABI"} {
		if v := providers.Highest(prefix, symbols); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// resolve finds the supplier of every need of one object.
func (b *builder) resolve(i int) {
	obj := &b.model.Objects[i]
	closure, err := b.loader(b.Objects[i].ELF).Load(b.files, obj.File)
	if err != nil {
		return // the object is there, so this does not happen
	}
	for _, n := range closure[0].Needs {
		need := b.supply(i, n)
		if need.Object >= 0 {
			other := &b.model.Objects[need.Object]
			if !slices.Contains(other.NeededBy, i) {
				other.NeededBy = append(other.NeededBy, i)
			}
		} else {
			need.External = b.external(i, need)
		}
		obj.Needs = append(obj.Needs, need)
	}
	for j := range obj.Dlopen {
		d := &obj.Dlopen[j]
		d.From = b.quickly(i, d.Sonames)
	}
}

// loader is one that knows no directory of this machine.
func (b *builder) loader(o *elfobj.Object) ldso.Loader {
	l := ldso.Loader{Libc: ldso.Glibc, Lib: "lib64", Platform: tree.MachineName(o.Machine)}
	if isMusl(o) {
		l.Libc = ldso.Musl
	}
	return l
}

func isMusl(o *elfobj.Object) bool {
	return strings.Contains(o.Interp, "ld-musl-") ||
		slices.ContainsFunc(o.Needed, func(s string) bool { return strings.HasPrefix(s, "libc.musl-") || s == "libc.so" })
}

// objectFiles shows the objects of the wheels where they would be installed, and
// the disk everywhere else.
type objectFiles struct {
	objects map[string]*elfobj.Object
	disk    ldso.Files
}

// Open implements ldso.Files.
func (f objectFiles) Open(path string) (ldso.File, error) {
	path = filepath.Clean(path)
	if o, ok := f.objects[path]; ok {
		return ldso.File{Real: path, Object: o}, nil
	}
	if f.disk == nil {
		return ldso.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return f.disk.Open(path)
}

// className is the class as the gABI spells it.
func className(c elf.Class) string { return "ELF" + strings.TrimPrefix(c.String(), "ELFCLASS") }
