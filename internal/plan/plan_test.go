package plan

import (
	"debug/elf"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

const (
	planOut   = "/nix/store/out"
	planGlibc = "/nix/store/glibc/lib"
	planLoad  = planGlibc + "/ld-linux-x86-64.so.2"
)

// A planWorld is a file system of objects in memory, and what is asked of the
// planner about it.
type planWorld struct {
	files   map[string]*elfobj.Object
	real    map[string]string // symbolic links
	options Options
	roots   []string
	python  []string // files that lie in --python-lib trees
	digests map[string]string
	asIs    bool
}

// Open implements ldso.Files.
func (w *planWorld) Open(path string) (ldso.File, error) {
	path = filepath.Clean(path)
	if to, ok := w.real[path]; ok {
		path = to
	}
	o, ok := w.files[path]
	if !ok {
		return ldso.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return ldso.File{Real: path, Object: o, ID: path}, nil
}

// object is an x86_64 library as a wheel has it: "needed a b", "runpath x:y",
// "rpath x", "interp p", "soname s", "machine arm", "execstack", "dlopen x y".
func object(lines ...string) *elfobj.Object {
	o := &elfobj.Object{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, Type: elf.ET_DYN, Dynamic: true}
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "needed":
			o.Needed = strings.Fields(rest)
		case "runpath":
			o.Runpath = strings.Split(rest, ":")
		case "rpath":
			o.Rpath = strings.Split(rest, ":")
		case "interp":
			o.Interp = rest
		case "soname":
			o.Soname = rest
		case "machine":
			o.Machine = elf.EM_AARCH64
		case "execstack":
			o.ExecStack = true
		case "dlopen":
			o.Dlopen = append(o.Dlopen, elfobj.Dlopen{Sonames: strings.Fields(rest)})
		default:
			panic("object: " + line)
		}
	}
	return o
}

// newWorld has a glibc in the store beside the given objects; names without a
// leading slash lie in the output.
func newWorld(objects map[string]*elfobj.Object) *planWorld {
	w := &planWorld{
		files: map[string]*elfobj.Object{
			planLoad:                 object("soname ld-linux-x86-64.so.2"),
			planGlibc + "/libc.so.6": object("soname libc.so.6", "needed ld-linux-x86-64.so.2"),
			planGlibc + "/libm.so.6": object("soname libm.so.6", "needed libc.so.6"),
		},
		real:    map[string]string{},
		roots:   []string{planOut},
		options: Options{Jobs: 2, StoreDir: "/nix/store", Layout: Origin},
		digests: map[string]string{},
	}
	for path, o := range objects {
		if !filepath.IsAbs(path) {
			path = filepath.Join(planOut, path)
		}
		w.files[path] = o
	}
	return w
}

func (w *planWorld) inventory() tree.Inventory {
	inv := tree.Inventory{Names: map[string][]string{}, PythonNames: map[string][]string{}, Files: w}
	for _, r := range w.roots {
		inv.Roots = append(inv.Roots, &tree.Root{Path: r, Abs: r})
	}
	for _, path := range slices.Sorted(maps.Keys(w.files)) {
		for _, r := range inv.Roots {
			if !tree.Within(r.Abs, path) {
				continue
			}
			rel, _ := filepath.Rel(r.Abs, path)
			inv.Objects = append(inv.Objects, tree.Object{Root: r, Path: rel, File: path, ELF: w.files[path], Digest: w.digests[rel]})
			inv.Names[filepath.Base(path)] = append(inv.Names[filepath.Base(path)], path)
		}
	}
	for _, path := range w.python {
		inv.PythonNames[filepath.Base(path)] = append(inv.PythonNames[filepath.Base(path)], path)
	}
	return inv
}

// target is the loader of the world.
func (w *planWorld) target() Target {
	loader := ldso.Loader{
		Interpreter: planLoad, Soname: "ld-linux-x86-64.so.2", Libc: ldso.Glibc,
		DefaultDirs: []string{planGlibc}, Lib: "lib", Platform: "x86_64",
	}
	return Target{Loader: loader, Object: w.files[planLoad], LibcDir: planGlibc}
}

func (w *planWorld) plan() Plan {
	if w.asIs {
		return AsIs(w.inventory(), w.target(), w.options)
	}
	return Make(w.inventory(), w.target(), w.options)
}

func planned(t *testing.T, p Plan, path string) Object {
	t.Helper()
	for _, o := range p.Objects {
		if o.Path == path {
			return o
		}
	}
	t.Fatalf("%s is not in the plan", path)
	return Object{}
}

// edit is the wanted edit, without its reasons.
func runpath(entries ...string) *Edit { return &Edit{SetRunpath: true, Runpath: entries} }

func checkEdit(t *testing.T, p Plan, path string, want *Edit) {
	t.Helper()
	got := planned(t, p, path).Edit
	if got != nil {
		if len(got.Reasons) == 0 {
			t.Errorf("%s: an edit without a reason", path)
		}
		e := *got
		e.Reasons = nil
		got = &e
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: edit (-want +got):\n%s", path, diff)
	}
}

func planCodes(p Plan) []string {
	out := []string{}
	for _, q := range p.Problems {
		out = append(out, q.Severity.String()+" "+string(q.Code))
	}
	return out
}

// Each case is one rule of what is written into an object, and what is said.
func TestPlan(t *testing.T) {
	const site = "lib/python3.12/site-packages/"
	lib := func(dir, name string) string { return "/nix/store/" + dir + "/lib/" + name }
	type m = map[string]*elfobj.Object
	cases := []struct {
		rule    string
		objects m
		tune    func(*planWorld)
		path    string
		want    *Edit
		codes   []string
	}{
		{
			rule:    "an object whose own path finds everything is not edited",
			objects: m{"a/x.so": object("needed libz.so.1 libc.so.6", "runpath $ORIGIN/../libs"), "libs/libz.so.1": object("needed libc.so.6")},
			path:    "a/x.so",
		},
		{
			rule:    "a library in the object's own directory is found by $ORIGIN",
			objects: m{"a/x.so": object("needed libz.so.1"), "a/libz.so.1": object()},
			path:    "a/x.so", want: runpath("$ORIGIN"),
		},
		{
			rule:    "a library elsewhere in the output is found relative to $ORIGIN",
			objects: m{site + "a/x.so": object("needed libz.so.1"), site + "a.libs/libz.so.1": object()},
			path:    site + "a/x.so", want: runpath("$ORIGIN/../a.libs"),
		},
		{
			rule:    "of two libraries of one name the nearest is taken",
			objects: m{"a/b/x.so": object("needed libg.so"), "a/libg.so": object(), "aa/libg.so": object()},
			path:    "a/b/x.so", want: runpath("$ORIGIN/.."),
		},
		{
			rule:    "equally near ones are taken in the order of their names",
			objects: m{"a/x.so": object("needed libg.so"), "c/libg.so": object(), "b/libg.so": object()},
			path:    "a/x.so", want: runpath("$ORIGIN/../b"),
		},
		{
			rule:    "what is added comes after $ORIGIN entries, which stay in their order",
			objects: m{"a/x.so": object("needed libz.so.1 libq.so", "runpath $ORIGIN/../b:$ORIGIN/c"), "b/libz.so.1": object(), "q/libq.so": object()},
			path:    "a/x.so", want: runpath("$ORIGIN/../b", "$ORIGIN/c", "$ORIGIN/../q"),
		},
		{
			rule:    "DT_RPATH stays DT_RPATH",
			objects: m{"a/x.so": object("needed libz.so.1", "rpath $ORIGIN/c"), "b/libz.so.1": object()},
			path:    "a/x.so", want: &Edit{SetRunpath: true, Runpath: []string{"$ORIGIN/c", "$ORIGIN/../b"}, ForceRpath: true},
		},
		{
			rule:    "an absolute directory outside the store goes, with a notice",
			objects: m{"a/x.so": object("needed libc.so.6", "runpath /usr/local/lib:$ORIGIN")},
			path:    "a/x.so", want: runpath("$ORIGIN"), codes: []string{"notice impure-runpath"},
		},
		{
			rule:    "an empty entry is the current directory and goes",
			objects: m{"a/x.so": object("runpath :$ORIGIN")},
			path:    "a/x.so", want: runpath("$ORIGIN"), codes: []string{"notice impure-runpath"},
		},
		{
			rule:    "a relative entry goes, and nothing may be left",
			objects: m{"a/x.so": object("runpath build/lib")},
			path:    "a/x.so", want: &Edit{SetRunpath: true}, codes: []string{"notice impure-runpath"},
		},
		{
			rule:    "a directory of the store stays: the user's postFixup has set it",
			objects: m{"a/x.so": object("runpath /nix/store/mine/lib"), lib("mine", "libq.so"): object()},
			path:    "a/x.so",
		},
		{
			rule:    "a directory that the user named stays",
			objects: m{"a/x.so": object("runpath /opt/lib")},
			tune:    func(w *planWorld) { w.options.AppendRpaths = []string{"/opt/lib"} },
			path:    "a/x.so",
		},
		{
			rule:    "the interpreter is set in programs",
			objects: m{"bin/p": object("needed libc.so.6", "interp /lib64/ld-linux-x86-64.so.2")},
			path:    "bin/p", want: &Edit{Interpreter: planLoad},
		},
		{
			rule:    "a program that has the interpreter is not edited",
			objects: m{"bin/p": object("needed libc.so.6", "interp "+planLoad)},
			path:    "bin/p",
		},
		{
			rule:    "the C library is never put on a run path, even where an input has one",
			objects: m{"a/x.so": object("needed libc.so.6 libm.so.6"), lib("other", "libc.so.6"): object(), lib("other", "libm.so.6"): object()},
			tune:    func(w *planWorld) { w.options.Libs = []string{"/nix/store/other/lib"} },
			path:    "a/x.so",
		},
		{
			rule:    "a directory of the C library goes when the path is written anyway",
			objects: m{"a/x.so": object("needed libz.so.1", "runpath "+planGlibc), "a/libz.so.1": object()},
			path:    "a/x.so", want: runpath("$ORIGIN"),
		},
		{
			rule:    "--keep-libc puts it there",
			objects: m{"a/x.so": object("needed libc.so.6")},
			tune:    func(w *planWorld) { w.options.KeepLibc = true },
			path:    "a/x.so", want: runpath(planGlibc),
		},
		{
			rule:    "inputs are searched in their order, after the output",
			objects: m{"a/x.so": object("needed libz.so.1 libq.so"), lib("two", "libz.so.1"): object(), lib("one", "libz.so.1"): object(), lib("one", "libq.so"): object(), "b/libq.so": object()},
			tune:    func(w *planWorld) { w.options.Libs = []string{"/nix/store/one/lib", "/nix/store/two/lib"} },
			path:    "a/x.so", want: runpath("$ORIGIN/../b", "/nix/store/one/lib"),
		},
		{
			rule:    "of two inputs that have a library the first serves, whatever else is needed of the second",
			objects: m{"a/x.so": object("needed libq.so libz.so.1"), lib("two", "libq.so"): object(), lib("one", "libz.so.1"): object(), lib("two", "libz.so.1"): object()},
			tune:    func(w *planWorld) { w.options.Libs = []string{"/nix/store/one/lib", "/nix/store/two/lib"} },
			path:    "a/x.so", want: runpath("/nix/store/one/lib", "/nix/store/two/lib"),
		},
		{
			rule:    "an input that nothing needs is on no path",
			objects: m{"a/x.so": object("needed libc.so.6"), lib("one", "libz.so.1"): object()},
			tune:    func(w *planWorld) { w.options.Libs = []string{"/nix/store/one/lib"} },
			path:    "a/x.so",
		},
		{
			rule:    "a library of another wheel is found by its absolute directory",
			objects: m{"a/x.so": object("needed libtbb.so.12"), "/nix/store/tbb/" + site + "tbb/lib/libtbb.so.12": object()},
			tune: func(w *planWorld) {
				w.options.PythonLibs = []string{"/nix/store/tbb/" + site}
				w.python = []string{"/nix/store/tbb/" + site + "tbb/lib/libtbb.so.12"}
			},
			path: "a/x.so", want: runpath("/nix/store/tbb/" + site + "tbb/lib"),
		},
		{
			rule:    "the data scheme of another wheel puts libraries in lib/ of its prefix",
			objects: m{"a/x.so": object("needed libtbb.so.12"), lib("tbb", "libtbb.so.12"): object()},
			tune:    func(w *planWorld) { w.options.PythonLibs = []string{"/nix/store/tbb/" + site} },
			path:    "a/x.so", want: runpath("/nix/store/tbb/lib"),
		},
		{
			rule:    "across outputs the path is absolute",
			objects: m{"a/x.so": object("needed libz.so.1"), lib("dev", "libz.so.1"): object()},
			tune:    func(w *planWorld) { w.roots = append(w.roots, "/nix/store/dev") },
			path:    "a/x.so", want: runpath("/nix/store/dev/lib"),
		},
		{
			rule:    "the driver's libraries are found at run time",
			objects: m{"a/x.so": object("needed libcuda.so.1 libc.so.6")},
			path:    "a/x.so", want: runpath("/run/opengl-driver/lib"),
		},
		{
			rule:    "runtime dependencies go to programs",
			objects: m{"bin/p": object("interp " + planLoad), "a/x.so": object()},
			tune:    func(w *planWorld) { w.options.RuntimeDependencies = []string{"/nix/store/gl/lib"} },
			path:    "bin/p", want: runpath("/nix/store/gl/lib"),
		},
		{
			rule:    "and not to libraries",
			objects: m{"bin/p": object("interp " + planLoad), "a/x.so": object()},
			tune:    func(w *planWorld) { w.options.RuntimeDependencies = []string{"/nix/store/gl/lib"} },
			path:    "a/x.so",
		},
		{
			rule:    "appended paths go to every object",
			objects: m{"a/x.so": object()},
			tune:    func(w *planWorld) { w.options.AppendRpaths = []string{"$ORIGIN/plugins"} },
			path:    "a/x.so", want: runpath("$ORIGIN/plugins"),
		},
		{
			rule:    "a library that the object opens itself is made findable where it is there",
			objects: m{"a/x.so": object("dlopen libnone.so libudev.so.1"), lib("udev", "libudev.so.1"): object()},
			tune:    func(w *planWorld) { w.options.Libs = []string{"/nix/store/udev/lib"} },
			path:    "a/x.so", want: runpath("/nix/store/udev/lib"),
		},
		{
			rule:    "and is no problem where it is not",
			objects: m{"a/x.so": object("dlopen libnone.so")},
			path:    "a/x.so",
		},
		{
			rule:    "a library of another machine is passed over",
			objects: m{"a/x.so": object("needed libz.so.1"), "a/libz.so.1": object("machine arm"), "b/libz.so.1": object()},
			path:    "a/x.so", want: runpath("$ORIGIN/../b"), codes: []string{"notice wrong-architecture"},
		},
		{
			rule:    "a missing library is an error and its object is not edited for it",
			objects: m{"a/x.so": object("needed libGL.so.1")},
			path:    "a/x.so", codes: []string{"error library-not-found"},
		},
		{
			rule:    "an ignored one is none",
			objects: m{"a/x.so": object("needed libGL.so.1")},
			tune:    func(w *planWorld) { w.options.IgnoreMissing = []string{"libGL.so.*"} },
			path:    "a/x.so",
		},
		{
			rule:    "a pattern for another file does not ignore, and is said to be unused",
			objects: m{"a/x.so": object("needed libGL.so.1")},
			tune:    func(w *planWorld) { w.options.IgnoreMissing = []string{"y.so:libGL.so.1"} },
			path:    "a/x.so", codes: []string{"error library-not-found", "warning ignore-unused"},
		},
		{
			rule:    "a pattern for the file ignores",
			objects: m{"a/x.so": object("needed libGL.so.1")},
			tune:    func(w *planWorld) { w.options.IgnoreMissing = []string{"*/x.so:libGL.so.1"} },
			path:    "a/x.so",
		},
		{
			rule:    "what an input lacks itself is missing too",
			objects: m{"a/x.so": object("needed libX11.so.6", "runpath /nix/store/x11/lib"), lib("x11", "libX11.so.6"): object("needed libxcb.so.1")},
			path:    "a/x.so", codes: []string{"error library-not-found"},
		},
		{
			rule:    "an executable stack is named",
			objects: m{"a/x.so": object("execstack")},
			path:    "a/x.so", codes: []string{"warning executable-stack"},
		},
		{
			rule:    "and cleared on request",
			objects: m{"a/x.so": object("execstack")},
			tune:    func(w *planWorld) { w.options.ClearExecstack = true },
			path:    "a/x.so", want: &Edit{ClearExecstack: true},
		},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(c.objects)
			if c.tune != nil {
				c.tune(w)
			}
			p := w.plan()
			checkEdit(t, p, c.path, c.want)
			if c.codes == nil {
				c.codes = []string{}
			}
			if diff := cmp.Diff(c.codes, planCodes(p)); diff != "" {
				t.Errorf("problems (-want +got):\n%s\n%v", diff, p.Problems)
			}
		})
	}
}

// A wheel without any object of the target's machine or C library is the wrong
// wheel; where it has some of both, the others are passed over.
func TestPlanPassesOverOthers(t *testing.T) {
	cases := []struct {
		rule    string
		objects map[string]*elfobj.Object
		want    []string
	}{
		{"another machine alone", map[string]*elfobj.Object{"x.so": object("machine arm", "needed libc.so.6")}, []string{"error wrong-architecture"}},
		{"another machine beside ours", map[string]*elfobj.Object{"x.so": object("machine arm"), "y.so": object("needed libc.so.6")}, []string{"notice wrong-architecture"}},
		{"musl alone", map[string]*elfobj.Object{"x.so": object("needed libc.musl-x86_64.so.1")}, []string{"error wrong-libc"}},
		{"musl with bundled libraries that name no C library", map[string]*elfobj.Object{"x.so": object("needed libc.musl-x86_64.so.1"), "y.so": object()}, []string{"error wrong-libc"}},
		{"musl beside ours", map[string]*elfobj.Object{"x.so": object("needed libc.musl-x86_64.so.1"), "y.so": object("needed libc.so.6")}, []string{"notice wrong-libc"}},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			if diff := cmp.Diff(c.want, planCodes(newWorld(c.objects).plan())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The flat layout gathers needed libraries in lib/ and searches there first.
func TestPlanFlat(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"sp/x.cpython-312-x86_64-linux-gnu.so": object("needed libz.so.1", "runpath $ORIGIN/../p.libs"),
		"p.libs/libz.so.1":                     object("needed libq.so.2"),
		"q.libs/libq.so.2":                     object(),
		"sp/plugin.so":                         object("needed libc.so.6"),
	})
	w.options.Layout = Flat
	p := w.plan()
	want := []Move{
		{From: planOut + "/q.libs/libq.so.2", To: planOut + "/lib/libq.so.2"},
		{From: planOut + "/p.libs/libz.so.1", To: planOut + "/lib/libz.so.1"},
	}
	if diff := cmp.Diff(want, p.Moves); diff != "" {
		t.Errorf("moves (-want +got):\n%s", diff)
	}
	checkEdit(t, p, "sp/x.cpython-312-x86_64-linux-gnu.so", runpath(planOut+"/lib", "$ORIGIN/../p.libs"))
	checkEdit(t, p, "p.libs/libz.so.1", runpath(planOut+"/lib"))
	checkEdit(t, p, "sp/plugin.so", nil)
	got := planned(t, p, "sp/x.cpython-312-x86_64-linux-gnu.so")
	closure := []string{planOut + "/lib/libq.so.2", planOut + "/lib/libz.so.1"}
	if diff := cmp.Diff(closure, got.Closure); diff != "" {
		t.Errorf("closure after the moves (-want +got):\n%s", diff)
	}
	if len(p.Problems) != 0 {
		t.Errorf("problems: %v", p.Problems)
	}
}

// A moved library is planned for where it will be: its $ORIGIN is lib/ then. One
// that can be run, as libQtCore, is a library all the same.
func TestPlanFlatFromTheNewPlace(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"sp/x.cpython-312-x86_64-linux-gnu.so": object("needed libgui.so.4", "rpath $ORIGIN/.libs"),
		"sp/.libs/libgui.so.4":                 object("needed libcore.so.4", "soname libgui.so.4", "rpath $ORIGIN/."),
		"sp/.libs/libcore.so.4":                object("soname libcore.so.4", "interp "+planLoad),
	})
	w.options.Layout = Flat
	p := w.plan()
	if len(p.Moves) != 2 {
		t.Errorf("moves: %v", p.Moves)
	}
	checkEdit(t, p, "sp/.libs/libgui.so.4", &Edit{SetRunpath: true, Runpath: []string{planOut + "/lib", "$ORIGIN/."}, ForceRpath: true})
	gui := planned(t, p, "sp/.libs/libgui.so.4")
	if got := gui.Needs[0].Path; got != planOut+"/lib/libcore.so.4" {
		t.Errorf("libcore.so.4 is found as %s", got)
	}
}

// Two files of one name are one library where they are equal, else a conflict.
func TestPlanFlatSameName(t *testing.T) {
	for _, c := range []struct {
		digests [2]string
		moves   int
		want    []string
	}{
		{[2]string{"1", "1"}, 2, []string{}},
		{[2]string{"1", "2"}, 0, []string{"error soname-conflict"}},
	} {
		w := newWorld(map[string]*elfobj.Object{
			"x.so": object("needed libg.so"), "a/libg.so": object(), "b/libg.so": object(),
		})
		w.options.Layout = Flat
		w.digests = map[string]string{"a/libg.so": c.digests[0], "b/libg.so": c.digests[1]}
		p := w.plan()
		if len(p.Moves) != c.moves {
			t.Errorf("digests %v: %d moves, want %d", c.digests, len(p.Moves), c.moves)
		}
		if diff := cmp.Diff(c.want, planCodes(p)); diff != "" {
			t.Errorf("digests %v: %s", c.digests, diff)
		}
	}
}

// Planning a tree that was patched by the plan gives nothing to do.
func TestPlanIsDoneOnce(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"bin/p":                object("needed libz.so.1 libc.so.6", "interp /lib64/ld-linux-x86-64.so.2"),
		"a/x.so":               object("needed libz.so.1 libcuda.so.1 libs.so", "rpath /usr/lib:$ORIGIN"),
		"b/libz.so.1":          object("needed libm.so.6", "execstack"),
		"/nix/store/s/libs.so": object(),
	})
	w.options.Libs = []string{"/nix/store/s"}
	w.options.AppendRpaths = []string{"/nix/store/s"}
	w.options.ClearExecstack = true
	first := w.plan()
	if problem.Failed(first.Problems) {
		t.Fatal(first.Problems)
	}
	for _, po := range first.Objects {
		if po.Edit == nil {
			t.Errorf("%s: no edit in the first plan", po.Path)
			continue
		}
		e := *po.ELF
		if po.Edit.SetRunpath {
			e = *withSearchPath(&e, po.Edit.Runpath, po.Edit.ForceRpath)
		}
		if po.Edit.Interpreter != "" {
			e.Interp = po.Edit.Interpreter
		}
		e.ExecStack = e.ExecStack && !po.Edit.ClearExecstack
		w.files[po.File] = &e
	}
	for _, po := range w.plan().Objects {
		if po.Edit != nil {
			t.Errorf("%s: edited again: %v", po.Path, po.Edit)
		}
	}
}

// A tree that is only looked at is resolved as it stands.
func TestPlanAsIs(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{"a/x.so": object("needed libz.so.1"), "a/libz.so.1": object()})
	w.asIs = true
	p := w.plan()
	if diff := cmp.Diff([]string{"error library-not-found"}, planCodes(p)); diff != "" {
		t.Fatal(diff)
	}
	if hint := p.Problems[0].Hint; !strings.Contains(hint, planOut+"/a/libz.so.1 would serve") {
		t.Errorf("the hint does not say what patching would do: %s", hint)
	}
}

// A need that is ignored says so in the report; the closure is then not known.
func TestPlanIgnoredNeed(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{"x.so": object("needed libGL.so.1 libc.so.6")})
	w.options.IgnoreMissing = []string{"libGL.so.1"}
	o := planned(t, w.plan(), "x.so")
	if got := o.Needs[0].Status; got != Ignored {
		t.Errorf("status %s", got)
	}
	if o.Closure != nil {
		t.Errorf("closure %v", o.Closure)
	}
}
