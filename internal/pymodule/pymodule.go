// Package pymodule finds wheels whose extension modules are for another Python than the
// one that they are installed for: PEP 3149, PEP 384 and 803, importlib.machinery's
// EXTENSION_SUFFIXES, and CPython's Misc/platform_triplet.c.
//
// It judges a wheel as a whole, by its RECORD, and only where no module of it can be
// loaded: wheels ship modules for several Pythons. It goes by names. What is left
// out is a Python that is made with other suffixes, and whether a module works once it is
// loaded. pipeline and explain call it. It reads RECORD files, and files of a bare name for
// that of their init function, and only where a module stands out.
package pymodule

import (
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Options says how modules are judged.
type Options struct {
	Libc      ldso.Libc // of the target; empty: not known
	AnyPython bool      // wheels for another Python are a notice, not an error
}

// Check returns a problem for each wheel none of whose extension modules can be loaded by
// the Python of its site-packages: in a tree that of the folder's name, of an archive
// those of its file name. The objects are those that the target's loader takes, the trees
// are what tree.Walk returned for their roots.
func Check(objects []tree.Object, trees []*tree.Listing, o Options) []problem.Problem {
	var found []module
	var own []library
	for i := range objects {
		if m, ok := newModule(&objects[i], o.Libc); ok {
			found = append(found, m)
		}
		if l, ok := newLibrary(&objects[i]); ok {
			own = append(own, l)
		}
	}
	groups := groupModules(found, own, trees)
	several := slices.ContainsFunc(objects, func(obj tree.Object) bool { return obj.Root != objects[0].Root })
	var out []problem.Problem
	for _, g := range groups {
		if g.fails() {
			out = append(out, g.problem(several, o.AnyPython))
		}
	}
	return out
}

// A module is an extension module of which it is known what Python it lies before.
type module struct {
	pyname.Module
	object *tree.Object
	file   string // absolute, where it lies or would be installed
	site   string // the folder that says the Python, absolute; of an archive the archive
	before []pyname.Pythons
	// loads is whether one of them looks for a name like this.
	loads bool
}

func newModule(o *tree.Object, libc ldso.Libc) (module, bool) {
	m, ok := pyname.ParseModule(o.File)
	if !ok {
		return module{}, false
	}
	out := module{Module: m, object: o, file: o.File}
	out.site, out.before = pyname.SitePythons(o.File)
	if rel, inside := strings.CutPrefix(out.site, o.Root.Abs); o.Root.Archive && inside && strings.Count(rel, "/") <= siteDepth {
		f, _ := pyname.ParseFilename(o.Root.Path)
		out.site, out.before = o.Root.Abs, pyname.TagsPythons(f.Python, f.ABI)
	}
	out.loads = fitsPlatform(m.Triplet, o.ELF.Kind(), libc) && slices.ContainsFunc(out.before, m.Pythons.Meets)
	return out, len(out.before) > 0
}

// siteDepth is how many slashes the path has, below the prefix, of the site-packages that a
// wheel is installed to: /lib/python3/site-packages. A deeper one is part of the wheel.
const siteDepth = 3

// fitsPlatform reports whether a Python of the kind's machine looks for the triplet. One
// that was made with musl may look for that of glibc: CPython has told them apart since
// 3.11 only.
func fitsPlatform(triplet string, k arch.Kind, libc ldso.Libc) bool {
	m, ok := arch.Of(k)
	if triplet == "" || !ok || m.Triplet == "" {
		return true
	}
	musl := strings.Replace(m.Triplet, "-gnu", "-musl", 1)
	return triplet == m.Triplet || triplet == musl && libc != ldso.Glibc
}

// A library is Python's own, of a wheel that brings a Python along (PyInstaller, bpy): the
// modules of that version are for it.
type library struct {
	file    string
	pythons pyname.Pythons
}

var libpython = lazyregexp.New(`^libpython([1-9]\.[0-9]{1,3}t?)[dm]?\.so`)

func newLibrary(o *tree.Object) (library, bool) {
	m := libpython.FindStringSubmatch(path.Base(o.File))
	if m == nil {
		return library{}, false
	}
	_, pythons := pyname.SitePythons("python" + m[1] + "/lib-dynload/x")
	return library{o.File, pythons[0]}, true
}

// A Count is how many extension modules have one suffix.
type Count struct {
	Suffix  string
	Pythons pyname.Pythons // which load them, as far as the suffix says
	N       int
}

// Counts returns how many extension modules there are among the objects, by suffix.
func Counts(objects []tree.Object) []Count {
	var out []Count
	for _, o := range objects {
		m, ok := pyname.ParseModule(o.File)
		if !ok {
			continue
		}
		i := slices.IndexFunc(out, func(c Count) bool { return c.Suffix == m.Suffix })
		if i < 0 {
			i, out = len(out), append(out, Count{Suffix: m.Suffix, Pythons: m.Pythons})
		}
		out[i].N++
	}
	slices.SortFunc(out, func(a, b Count) int { return strings.Compare(a.Suffix, b.Suffix) })
	return out
}
