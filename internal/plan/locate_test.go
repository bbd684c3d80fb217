package plan

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Rule: libraries of the object's own root come before those of others, however far
// they are; then the one with fewer directories between; then by name.
func TestNearest(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{"a/b/x.so": object()})
	w.roots = append([]string{"/nix/store/dev"}, w.roots...)
	inv := w.inventory()
	p := newPlanner(inv, w.target(), w.options)
	want := []string{
		planOut + "/a/b/libg.so",
		planOut + "/a/b/y/libg.so",
		planOut + "/a/b/z/libg.so",
		planOut + "/a/libg.so",
		planOut + "/a/b/c/d/libg.so",
		planOut + "/a/c/libg.so",
		planOut + "/c/d/e/f/libg.so",
		"/nix/store/dev/libg.so",
		"/nix/store/dev/a/libg.so",
	}
	paths := slices.Clone(want)
	slices.Reverse(paths)
	if diff := cmp.Diff(want, p.nearest(&inv.Objects[0], paths)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Rule: candidates are those of the outputs, then of --lib in its order, then of the
// Python dependencies, of the object's class and machine only.
func TestCandidates(t *testing.T) {
	const site = "/nix/store/py/lib/python3.12/site-packages"
	w := newWorld(map[string]*elfobj.Object{
		"a/x.so": object(), "b/libg.so": object(), "a/libg.so": object("machine arm"),
		"/nix/store/one/libg.so": object(), "/nix/store/two/libg.so": object(), "/nix/store/three/libg.so": i686(object()),
		site + "/g/libg.so": object(), "/nix/store/py/lib/libg.so": object(),
	})
	w.options.Libs = []string{"/nix/store/two", "/nix/store/three", "/nix/store/none", "/nix/store/one"}
	w.options.PythonLibs, w.python = []string{site}, []string{site + "/g/libg.so"}
	inv := w.inventory()
	p := newPlanner(inv, w.target(), w.options)
	var got []string
	last := -1
	for _, c := range p.candidates(&inv.Objects[slices.IndexFunc(inv.Objects, func(o tree.Object) bool { return o.Path == "a/x.so" })], "libg.so") {
		got = append(got, c.Path)
		if c.Own != (c.Path == planOut+"/b/libg.so") || c.rank <= last {
			t.Errorf("%+v", c)
		}
		last = c.rank
	}
	want := []string{planOut + "/b/libg.so", "/nix/store/two/libg.so", "/nix/store/one/libg.so", site + "/g/libg.so", "/nix/store/py/lib/libg.so"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Rule: a library that its package of nixpkgs has in a folder below lib is found there, once
// that package is an input, after all that the inputs have in lib itself; no other is.
func TestCandidatesBelowLib(t *testing.T) {
	const jdk, other = "/nix/store/jdk/lib", "/nix/store/other/lib"
	w := newWorld(map[string]*elfobj.Object{
		"a/x.so": object(), jdk + "/openjdk/lib/server/libjvm.so": object(), jdk + "/openjdk/lib/server/libg.so": object(), other + "/libjvm.so": object(),
	})
	w.options.Libs = []string{jdk, other}
	inv := w.inventory()
	p := newPlanner(inv, w.target(), w.options)
	for soname, want := range map[string][]string{
		"libjvm.so": {other + "/libjvm.so", jdk + "/openjdk/lib/server/libjvm.so"},
		"libg.so":   nil,
	} {
		var got []string
		for _, c := range p.candidates(&inv.Objects[0], soname) {
			got = append(got, c.Path)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", soname, diff)
		}
	}
}
