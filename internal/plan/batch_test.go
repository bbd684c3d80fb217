package plan

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// batchesOf lists what the loader is asked about in one go, and what neither that nor
// the closure of another object covers, by file name.
func batchesOf(p Plan) (together [][]string, alone []string) {
	for _, t := range p.Batches {
		var names []string
		for _, path := range t.Paths {
			names = append(names, filepath.Base(path))
		}
		together = append(together, names)
	}
	for _, o := range p.Objects {
		if !o.Batched && !o.Covered {
			alone = append(alone, filepath.Base(o.Path))
		}
	}
	return together, alone
}

// Rule: libraries of one search path are asked about together, however the path
// is written, and one that another leads to is asked about with that; what makes
// a search that was not made is asked about once more. Programs are asked about
// alone, and what lacks something not at all.
func TestBatch(t *testing.T) {
	for name, c := range map[string]struct {
		objects  map[string]*elfobj.Object
		together [][]string
		alone    []string
	}{
		"one path, two ways to write it": {
			map[string]*elfobj.Object{
				"sp/x/a.so":           object("needed libz.so.1 libc.so.6", "runpath $ORIGIN/../p.libs"),
				"sp/x/y/b.so":         object("needed libz.so.1 libc.so.6", "runpath $ORIGIN/../../p.libs"),
				"sp/p.libs/libz.so.1": object("needed libc.so.6"),
			},
			[][]string{{"a.so", "b.so"}},
			nil,
		},
		"another file by the same name": {
			map[string]*elfobj.Object{
				"a/x.so":           object("needed libz.so.1", "runpath $ORIGIN/libs"),
				"a/libs/libz.so.1": object(),
				"b/y.so":           object("needed libz.so.1", "runpath $ORIGIN/libs"),
				"b/libs/libz.so.1": object(),
			},
			[][]string{{"x.so"}, {"y.so"}},
			nil,
		},
		"a search that only one of them makes": {
			map[string]*elfobj.Object{
				"l/a.so":      object("needed libc.so.6 libone.so", "runpath $ORIGIN"),
				"l/b.so":      object("needed libc.so.6 libtwo.so", "runpath $ORIGIN"),
				"l/libone.so": object("soname libtwo.so"),
				"l/libtwo.so": object(),
			},
			// Behind a.so libtwo.so is not looked for: libone.so has that soname.
			[][]string{{"a.so", "b.so"}, {"b.so"}},
			nil,
		},
		"a path that is inherited": {
			map[string]*elfobj.Object{
				"l/a.so":          object("needed libone.so", "rpath $ORIGIN"),
				"l/b.so":          object("needed libone.so", "rpath $ORIGIN"),
				"l/libone.so":     object("needed libc.so.6"),
				"l/deep/libc2.so": object(),
				"l/deep/libc3.so": object(),
			},
			[][]string{{"a.so", "b.so"}, {"libc2.so", "libc3.so"}},
			nil,
		},
		"programs, and what lacks something": {
			map[string]*elfobj.Object{
				"bin/p":  object("interp "+planLoad, "needed libc.so.6"),
				"bin/q":  object("interp "+planLoad, "needed libc.so.6"),
				"l/a.so": object("needed libnone.so"),
				"l/b.so": object("needed libnone.so"),
			},
			nil,
			[]string{"p", "q", "a.so", "b.so"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			together, alone := batchesOf(newWorld(c.objects).plan())
			if diff := cmp.Diff(c.together, together); diff != "" {
				t.Errorf("together (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.alone, alone); diff != "" {
				t.Errorf("alone (-want +got):\n%s", diff)
			}
		})
	}
}

// Rule: of very many libraries not all are asked about at once.
func TestBatchIsBounded(t *testing.T) {
	objects := map[string]*elfobj.Object{}
	for i := range maxBatch + 1 {
		objects[fmt.Sprintf("l/%d.so", i)] = object("needed libc.so.6")
	}
	together, alone := batchesOf(newWorld(objects).plan())
	if len(together) != 2 || len(together[0]) != maxBatch || len(together[1]) != 1 || len(alone) > 0 {
		t.Errorf("%d questions, %d alone", len(together), len(alone))
	}
}

// Rule: "..", behind what may be a link is not taken out of a path.
func TestRealDirsClean(t *testing.T) {
	d := newRealDirs(tree.Inventory{Objects: []tree.Object{{File: "/out/sp/x/a.so"}}})
	for dir, want := range map[string]string{
		"/out/sp/x/../libs":       "/out/sp/libs",
		"/out/sp/x/../../libs/..": "/out/sp/x/../../libs/..",
		"/out/link/../libs":       "/out/link/../libs",
		"/out/sp/x/../../..":      "/",
		"/out/sp":                 "/out/sp",
		"relative/..":             "relative/..",
		"":                        "",
	} {
		if got := d.clean(dir); got != want {
			t.Errorf("%q: %q, want %q", dir, got, want)
		}
	}
}

// Rule: musl is not asked in batches: it knows an object by its name only where
// it searched for that name.
func TestBatchIsNotForMusl(t *testing.T) {
	for libc, want := range map[ldso.Libc]int{ldso.Glibc: 1, ldso.Musl: 0} {
		w := newWorld(map[string]*elfobj.Object{"l/a.so": object(), "l/b.so": object()})
		target := w.target()
		target.loader.Libc = libc
		p := Make(w.inventory(), target, w.options)
		_, alone := batchesOf(p)
		if len(p.Batches) != want || len(p.Objects) != 2 || (len(alone) == 0) != (want > 0) {
			t.Errorf("%s: %d batches, %q alone", libc, len(p.Batches), alone)
		}
	}
}

// Rule: two searches are one where they look in the same places, pass over each
// for the same reason, and end with the same file.
func TestSearchesDifferByReason(t *testing.T) {
	dirs := newRealDirs(tree.Inventory{})
	search := func(reason, dir string) uint64 {
		need := ldso.Need{
			Soname: "libz.so.1", Found: true, Path: dir + "/libz.so.1",
			Searched: []ldso.Place{{Via: ldso.Runpath, Dir: "/out/a", Reason: reason}, {Via: ldso.Runpath, Dir: dir}},
		}
		return dirs.search(need)
	}
	one := search("it is for aarch64", "/out/b")
	if one != search("it is for aarch64", "/out/b") {
		t.Error("one search is two")
	}
	if one == search("", "/out/b") || one == search("it has another class", "/out/b") {
		t.Error("a place was passed over for different reasons, and they are one search")
	}
	if one == search("it is for aarch64", "/out/c") {
		t.Error("another file, and they are one search")
	}
}
