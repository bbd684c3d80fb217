package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// Rule: each case is one rule of what is written into an object, and what is said.
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
			rule:    "a braced ${ORIGIN} entry stays",
			objects: m{"a/x.so": object("needed libz.so.1", "runpath ${ORIGIN}/../libs:${ORIGIN}"), "libs/libz.so.1": object()},
			path:    "a/x.so",
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
			rule:    "the C library is never put into a RUNPATH, even where an input has one",
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
			rule:    "and a path that leads there stays, outside of the store too",
			objects: m{"a/x.so": object("needed libtbb.so.12", "runpath /opt/tbb/lib"), "/opt/tbb/lib/libtbb.so.12": object()},
			tune:    func(w *planWorld) { w.options.PythonLibs = []string{"/opt/tbb/" + site} },
			path:    "a/x.so",
		},
		{
			rule:    "but nothing below it",
			objects: m{"a/x.so": object("runpath /opt/tbb/lib/x")},
			tune:    func(w *planWorld) { w.options.PythonLibs = []string{"/opt/tbb/" + site} },
			path:    "a/x.so", want: &Edit{SetRunpath: true}, codes: []string{"notice impure-runpath"},
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
			rule:    "and is a notice where it is not",
			objects: m{"a/x.so": object("dlopen libnone.so")},
			path:    "a/x.so", codes: []string{"notice library-opened-by-name"},
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
			rule:    "a program's audit modules are an error",
			objects: m{"bin/p": object("interp "+planLoad, "audit libaudit.so /x/audit.so")},
			path:    "bin/p", codes: []string{"error audit-module"},
		},
		{
			rule:    "those of a library are a notice: no loader looks at them",
			objects: m{"a/x.so": object("audit libaudit.so")},
			path:    "a/x.so", codes: []string{"notice audit-module"},
		},
		{
			rule:    "a filter that the output has is served as a need is",
			objects: m{"a/x.so": object("filter libf.so"), "libs/libf.so": object()},
			path:    "a/x.so", want: runpath("$ORIGIN/../libs"),
		},
		{
			rule:    "one that nothing has is missing",
			objects: m{"a/x.so": object("filter libf.so")},
			path:    "a/x.so", codes: []string{"error library-not-found"},
		},
		{
			rule:    "an auxiliary library that the output has is served too",
			objects: m{"a/x.so": object("auxiliary libf.so"), "libs/libf.so": object()},
			path:    "a/x.so", want: runpath("$ORIGIN/../libs"),
		},
		{
			rule:    "one that nothing has is no error",
			objects: m{"a/x.so": object("auxiliary libf.so")},
			path:    "a/x.so",
		},
		{
			rule:    "an object of another system is passed over with a notice",
			objects: m{"a/x.so": object(), "a/y.so": object("freebsd")},
			path:    "a/x.so", codes: []string{"notice wrong-architecture"},
		},
		{
			rule:    "a static PIE is left as it is, whatever is asked for",
			objects: m{"a/x.so": object(), "bin/static": object("pie", "runpath /usr/lib")},
			path:    "a/x.so",
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

// Rule: a wheel without any object of the target's machine or C library is the wrong
// wheel; where it has some of both, the others are passed over.
func TestPlanPassesOverOthers(t *testing.T) {
	cases := []struct {
		rule    string
		objects map[string]*elfobj.Object
		want    []string
	}{
		{"another machine alone", map[string]*elfobj.Object{"x.so": object("machine arm", "needed libc.so.6")}, []string{"error wrong-architecture"}},
		{"another machine beside the target's", map[string]*elfobj.Object{"x.so": object("machine arm"), "y.so": object("needed libc.so.6")}, []string{"notice wrong-architecture"}},
		{"musl alone", map[string]*elfobj.Object{"x.so": object("needed libc.musl-x86_64.so.1")}, []string{"error wrong-libc"}},
		{"musl with bundled libraries that name no C library", map[string]*elfobj.Object{"x.so": object("needed libc.musl-x86_64.so.1"), "y.so": object()}, []string{"error wrong-libc"}},
		{"musl beside glibc", map[string]*elfobj.Object{"x.so": object("needed libc.musl-x86_64.so.1"), "y.so": object("needed libc.so.6")}, []string{"notice wrong-libc"}},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			if diff := cmp.Diff(c.want, planCodes(newWorld(c.objects).plan())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Rule: in a tree that was patched by the plan there is nothing to do.
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
			e = *e.WithSearchPath(po.Edit.Runpath, po.Edit.ForceRpath)
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

// Rule: a tree that is only looked at is resolved as it stands.
func TestPlanAsIs(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{"a/x.so": object("needed libz.so.1"), "a/libz.so.1": object()})
	w.asIs = true
	p := w.plan()
	if diff := cmp.Diff([]string{"error library-not-found"}, planCodes(p)); diff != "" {
		t.Fatal(diff)
	}
	if hint := p.Problems[0].Advice(); !strings.Contains(hint, planOut+"/a/libz.so.1 would serve") {
		t.Errorf("the hint does not say what patching would do: %s", hint)
	}
}

// Rule: the loader is not asked about what it ends at with an assertion: an object that
// wants versions of a library that nothing loads, and what leads to it.
func TestPlanUnloadedVersions(t *testing.T) {
	lib := object("soname liba.so", "needed libc.so.6")
	lib.Verneed = []elfobj.Verneed{{File: "libgone.so", Versions: []elfobj.Version{{Name: "GONE_1"}}}}
	w := newWorld(map[string]*elfobj.Object{"a/x.so": object("needed liba.so"), "a/liba.so": lib, "a/y.so": object("needed libc.so.6")})
	p := w.plan()
	if diff := cmp.Diff([]string{"error version-not-found"}, planCodes(p)); diff != "" {
		t.Error(diff)
	}
	for path, asked := range map[string]bool{"a/x.so": false, "a/liba.so": false, "a/y.so": true} {
		if o := planned(t, p, path); (o.Closure != nil) != asked {
			t.Errorf("%s: closure %q", path, o.Closure)
		}
	}
}

// Rule: a need that is ignored says so in the report; the closure is then not known.
func TestPlanIgnoredNeed(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{"x.so": object("needed libGL.so.1 libc.so.6")})
	w.options.IgnoreMissing = []string{"libGL.so.1"}
	o := planned(t, w.plan(), "x.so")
	if got := o.Needs[0].Status; got != ignored {
		t.Errorf("status %s", got)
	}
	if o.Closure != nil {
		t.Errorf("closure %v", o.Closure)
	}
}
