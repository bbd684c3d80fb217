package fixup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// togetherOf lists what the loader is asked about in one go, and what it must be
// asked about alone, by file name.
func togetherOf(p Plan) (together [][]string, alone []string) {
	for _, t := range p.Together {
		var names []string
		for _, path := range t.Paths {
			names = append(names, filepath.Base(path))
		}
		together = append(together, names)
	}
	for _, o := range p.Objects {
		if !o.Together {
			alone = append(alone, filepath.Base(o.Path))
		}
	}
	return together, alone
}

// Rule: libraries of one search path are asked about together, however the path
// is written, and one that another leads to is asked about with that; what makes
// a search that was not made is asked about once more. Programs are asked about
// alone, and what lacks something not at all.
func TestTogether(t *testing.T) {
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
			[][]string{{"libz.so.1"}, {"a.so", "b.so"}}, // libz has no path
			nil,
		},
		"another file by the same name": {
			map[string]*elfobj.Object{
				"a/x.so":           object("needed libz.so.1", "runpath $ORIGIN/libs"),
				"a/libs/libz.so.1": object(),
				"b/y.so":           object("needed libz.so.1", "runpath $ORIGIN/libs"),
				"b/libs/libz.so.1": object(),
			},
			[][]string{{"libz.so.1", "libz.so.1"}, {"x.so"}, {"y.so"}},
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
			[][]string{{"a.so", "b.so"}, {"libone.so", "libtwo.so"}, {"b.so"}},
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
			[][]string{{"a.so", "b.so"}, {"libc2.so", "libc3.so", "libone.so"}},
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
			together, alone := togetherOf(newWorld(c.objects).plan())
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
func TestTogetherIsBounded(t *testing.T) {
	objects := map[string]*elfobj.Object{}
	for i := range maxTogether + 1 {
		objects[fmt.Sprintf("l/%d.so", i)] = object("needed libc.so.6")
	}
	together, alone := togetherOf(newWorld(objects).plan())
	if len(together) != 2 || len(together[0]) != maxTogether || len(together[1]) != 1 || len(alone) > 0 {
		t.Errorf("%d questions, %d alone", len(together), len(alone))
	}
}

// Rule: "..", behind what may be a link is not taken out of a path.
func TestRealDirsClean(t *testing.T) {
	d := newRealDirs(Inventory{Objects: []Object{{File: "/out/sp/x/a.so"}}})
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

// spoil are ways in which a tree may be other than it was planned for.
var spoil = map[string]func(tr *tree, path string) error{
	"gone":   func(tr *tree, path string) error { return os.Remove(tr.file(path)) },
	"no ELF": func(tr *tree, path string) error { return os.WriteFile(tr.file(path), []byte("text"), 0o755) },
	"elsewhere": func(tr *tree, path string) error {
		return os.Rename(tr.file(path), tr.file("lib/../"+filepath.Base(path)))
	},
}

// Rule: whatever the loader finds otherwise than planned is told just as when it
// is asked about each object alone.
func TestTogetherTellsWhatAloneTells(t *testing.T) {
	store := testenv.HostStore(t)
	libraries := []string{"lib/libone.so", "lib/libtwo.so", "lib/libthree.so", "pkg/a.so", "pkg/sub/b.so", "pkg/sub/c.so"}
	build := func(t *testing.T) *tree {
		tr := newTree(t)
		tr.compile("lib/libone.so", "int one(void) { return 1; }")
		tr.compile("lib/libtwo.so", "int one(void); int two(void) { return one(); }", "-Llib", "-lone", "-Wl,-rpath,$ORIGIN")
		tr.compile("lib/libthree.so", "int one(void); int three(void) { return one(); }", "-Llib", "-lone", "-Wl,-rpath,$ORIGIN")
		tr.compile("pkg/a.so", "int two(void); int a(void) { return two(); }", "-Llib", "-ltwo", "-Wl,-rpath,$ORIGIN/../lib")
		tr.compile("pkg/sub/b.so", "int two(void); int b(void) { return two(); }", "-Llib", "-ltwo", "-Wl,-rpath,$ORIGIN/../../lib")
		tr.compile("pkg/sub/c.so", "int three(void); int c(void) { return three(); }", "-Llib", "-lthree", "-Wl,-rpath,$ORIGIN/../../lib")
		o := Options{Record: RecordOff, Jobs: 2, StoreDir: "/nix/store", Interpreter: store.Loader, Libc: store.LibcDir, DryRun: true}
		out, err := RunPatch(context.Background(), []string{tr.root}, o)
		if err != nil || problem.Failed(out.Report.Problems) {
			t.Fatalf("%v %s", err, describe(out.Report.Problems))
		}
		tr.plan = out.Plan
		return tr
	}
	tr := build(t)
	if together, alone := togetherOf(tr.plan); !slices.EqualFunc(together, [][]string{{"libone.so"}, {"a.so", "b.so", "c.so"}}, slices.Equal) || len(alone) > 0 {
		t.Fatalf("together %q, alone %q", together, alone)
	}
	if problems := tr.check(Options{Jobs: 2}); len(problems) > 0 {
		t.Fatal(describe(problems))
	}
	for way, change := range spoil {
		for _, path := range libraries[:3] { // that others need
			t.Run(fmt.Sprintf("%s %s", path, way), func(t *testing.T) {
				tr := build(t)
				if err := change(tr, path); err != nil {
					t.Fatal(err)
				}
				tr.plan.Objects = slices.DeleteFunc(tr.plan.Objects, func(o PlannedObject) bool { return o.Path == path })
				for i := range tr.plan.Together {
					paths := &tr.plan.Together[i].Paths
					*paths = slices.DeleteFunc(*paths, func(p string) bool { return strings.HasSuffix(p, path) })
				}
				together := describe(tr.check(Options{Jobs: 2}))
				for i := range tr.plan.Objects {
					tr.plan.Objects[i].Together = false
				}
				alone := describe(tr.check(Options{Jobs: 2}))
				if together != alone || alone == "" {
					t.Errorf("together:%s\nalone:%s", together, alone)
				}
			})
		}
	}
}

// Rule: another library than the planned one is told, though nothing is missing.
func TestTogetherComparesPaths(t *testing.T) {
	tr := checkTree(t)
	tr.plan.Objects = tr.plan.Objects[:2]
	for i := range tr.plan.Objects {
		tr.plan.Objects[i].Together = true
	}
	libc := tr.plan.Objects[0].Closure[0]
	tr.plan.Together = []Together{{Paths: []string{tr.file("lib/libone.so"), tr.file("lib/libtwo.so")}, Closure: []string{libc}}}
	if problems := tr.check(Options{Jobs: 2}); len(problems) > 0 {
		t.Fatal(describe(problems))
	}
	tr.plan.Together[0].Closure = []string{"/nowhere/libc.so.6"}
	tr.plan.Objects[0].Closure = []string{"/nowhere/libc.so.6"}
	problems := tr.check(Options{Jobs: 2})
	if len(problems) != 1 || problems[0].Path != "lib/libone.so" || problems[0].Code != problem.LoaderDisagrees {
		t.Error(describe(problems))
	}
}
