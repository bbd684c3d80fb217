package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// Rule: a library that an object opens by name has its directory planned as for a
// DT_NEEDED, where somebody has it, and is a notice where nobody has.
func TestOpenedByName(t *testing.T) {
	type m = map[string]*elfobj.Object
	in := func(libs ...string) func(w *planWorld) {
		return func(w *planWorld) { w.options.Libs = libs }
	}
	const notice = "notice library-opened-by-name"
	for _, c := range []struct {
		rule    string
		objects m
		tune    func(w *planWorld)
		want    *Edit
		codes   []string
	}{
		{
			rule:    "an input has it",
			objects: m{"a/x.so": object("opens libudev.so.1"), "/nix/store/udev/lib/libudev.so.1": object()},
			tune:    in("/nix/store/udev/lib"), want: runpath("/nix/store/udev/lib"),
		},
		{
			rule:    "an input that has nothing of it is no reference",
			objects: m{"a/x.so": object("opens libudev.so.1"), "/nix/store/udev/lib/libudev.so.1": object(), "/nix/store/z/lib/libz.so.1": object()},
			tune:    in("/nix/store/z/lib", "/nix/store/udev/lib"), want: runpath("/nix/store/udev/lib"),
		},
		{
			rule:    "the output has it",
			objects: m{"a/x.so": object("opens libb.so"), "b/libb.so": object()},
			want:    runpath("$ORIGIN/../b"),
		},
		{
			rule:    "a Python dependency has it",
			objects: m{"a/x.so": object("opens libnvrtc.so.12"), "/nix/store/nv/site/nvidia/lib/libnvrtc.so.12": object()},
			tune: func(w *planWorld) {
				w.python, w.options.PythonLibs = []string{"/nix/store/nv/site/nvidia/lib/libnvrtc.so.12"}, []string{"/nix/store/nv/site"}
			},
			want: runpath("/nix/store/nv/site/nvidia/lib"),
		},
		{
			rule:    "the driver has it",
			objects: m{"a/x.so": object("opens libcuda.so.1")},
			want:    runpath("/run/opengl-driver/lib"),
		},
		{
			rule:    "the object's own path leads to it",
			objects: m{"a/x.so": object("opens libb.so", "runpath $ORIGIN/../b"), "b/libb.so": object()},
		},
		{
			rule:    "the C library's directory has it",
			objects: m{"a/x.so": object("opens libm.so.6 libc.so.6 libgcc.so"), planGlibc + "/libgcc.so": object()},
		},
		{
			rule:    "nobody has it",
			objects: m{"a/x.so": object("opens libnone.so")}, codes: []string{notice},
		},
		{
			rule:    "one of its names is enough not to be told",
			objects: m{"a/x.so": object("opens libudev.so libudev.so.0 libudev.so.1"), "/nix/store/udev/lib/libudev.so.1": object()},
			tune:    in("/nix/store/udev/lib"), want: runpath("/nix/store/udev/lib"),
		},
		{
			rule:    "each of its names may be the one that is tried first",
			objects: m{"a/x.so": object("opens libv.so.1 libv.so.2"), "b/libv.so.1": object(), "c/libv.so.2": object()},
			want:    runpath("$ORIGIN/../c", "$ORIGIN/../b"), // the newest first
		},
		{
			rule:    "its own name, and the one that it had before it was renamed",
			objects: m{"a/libx-0a1b2c3d.so.1.1k": object("soname libx-0a1b2c3d.so.1.1k", "opens libx.so libx.so.1"), "a/x.so": object("opens x.so")},
		},
		{
			rule:    "the name that a bundled library had before it was renamed",
			objects: m{"a/x.so": object("opens libssl.so.1 libssl.so"), "a.libs/libssl-0a1b2c3d.so.1": object(), "/nix/store/ssl/lib/libssl.so.1": object()},
			tune:    in("/nix/store/ssl/lib"),
		},
		{
			rule:    "a name that it holds for something else",
			objects: m{"a/x.so": object("opens libLLVMHipSpvPasses.so libc++.so"), "b/libc++.so": object()},
		},
		{
			rule:    "a pattern ignores it",
			objects: m{"a/x.so": object("opens libnone.so libnone.so.1")},
			tune:    func(w *planWorld) { w.options.IgnoreMissing = []string{"*/x.so:libnone.so.*"} },
		},
		{
			rule:    "none count",
			objects: m{"a/x.so": object("opens libnone.so libb.so", "required libgone.so"), "b/libb.so": object()},
			tune:    func(w *planWorld) { w.options.Opened = Opened{None: true} },
		},
		{
			rule:    "those that a glob matches count",
			objects: m{"a/x.so": object("opens libnone.so libb.so"), "b/libb.so": object()},
			tune:    func(w *planWorld) { w.options.Opened = Opened{Globs: []string{"libb.*"}} },
			want:    runpath("$ORIGIN/../b"),
		},
		{
			rule:    "a note says that it is required",
			objects: m{"a/x.so": object("required libnone.so", "opens libnone.so")}, codes: []string{"error library-opened-by-name"},
		},
		{
			rule:    "a library of another machine does not serve",
			objects: m{"a/x.so": object("opens libb.so"), "b/libb.so": object("machine arm")}, codes: []string{notice, "notice wrong-architecture"},
		},
		{
			rule: "what it has would not load: a library is missing",
			objects: m{
				"a/x.so":                           object("opens libudev.so.1 libb.so"),
				"/nix/store/udev/lib/libudev.so.1": object("needed libgone.so"), "b/libb.so": object(),
			},
			tune: in("/nix/store/udev/lib"), want: runpath("$ORIGIN/../b"), codes: []string{notice},
		},
		{
			rule: "what it has would not load: a version is missing",
			objects: m{
				"a/x.so":                           object("opens libudev.so.1", "needed libstd.so", "runpath $ORIGIN"),
				"a/libstd.so":                      object("soname libstd.so", "verdef V1"),
				"/nix/store/udev/lib/libudev.so.1": object("needed libstd.so", "verneed libstd.so V2", "runpath /nix/store/std"),
				"/nix/store/std/libstd.so":         object("soname libstd.so", "verdef V1 V2"),
			},
			tune: in("/nix/store/udev/lib"), codes: []string{notice},
		},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(c.objects)
			if c.tune != nil {
				c.tune(w)
			}
			p := w.plan()
			checkEdit(t, p, "a/x.so", c.want)
			if c.codes == nil {
				c.codes = []string{}
			}
			if codes := planCodes(p); !slices.Equal(codes, c.codes) {
				t.Errorf("problems %q, want %q\n%v", codes, c.codes, p.Problems)
			}
			if e := planned(t, p, "a/x.so").Edit; e != nil {
				for _, reason := range e.Reasons {
					if !strings.HasSuffix(reason, ", which it opens by name") {
						t.Errorf("reason %q", reason)
					}
				}
			}
		})
	}
}

// Rule: in a tree that nobody patches a library counts as found where the search of the
// object leads to it, the DT_RPATHs of its loading chain with it, or where it is loaded
// already; but not by the DT_RUNPATH of the chain, nor past one of its own.
func TestOpenedInTheClosure(t *testing.T) {
	for _, c := range []struct {
		rule       string
		module, by []string
		found      bool
		via        ldso.Via
	}{
		{"DT_RPATH of the chain", []string{"rpath $ORIGIN/../b"}, nil, true, ldso.Rpath},
		{"DT_RUNPATH of the chain", []string{"runpath $ORIGIN/../b"}, nil, false, ""},
		{"DT_RPATH of the chain, DT_RUNPATH of its own", []string{"rpath $ORIGIN/../b"}, []string{"runpath $ORIGIN"}, false, ""},
		{"loaded already", []string{"rpath $ORIGIN", "needed libopens.so libc2.so"}, nil, true, ldso.Rpath},
	} {
		module := object(append([]string{"needed libopens.so"}, c.module...)...)
		module.Rpath, module.Runpath = append(module.Rpath, "$ORIGIN"), append(module.Runpath, "$ORIGIN")
		if len(module.Rpath) > 1 {
			module.Runpath = nil
		} else {
			module.Rpath = nil
		}
		w := newWorld(map[string]*elfobj.Object{
			"a/mod.abi3.so": module,
			"a/libopens.so": object(append([]string{"opens libb.so"}, c.by...)...),
			"b/libb.so":     object(),
			"a/libc2.so":    object("soname libb.so"),
		})
		w.asIs = true
		p := w.plan()
		open := planned(t, p, "a/libopens.so").Opens[0]
		if (open.Status == Found) != c.found || c.found && open.Via != c.via {
			t.Errorf("%s: %+v", c.rule, open)
		}
		told := slices.ContainsFunc(p.Problems, func(q problem.Problem) bool { return q.Code == problem.LibraryOpenedByName })
		if told == c.found || !c.found && open.Unreached == nil {
			t.Errorf("%s: told %v, %+v", c.rule, told, open)
		}
	}
}

// Rule: the loader is not asked about a library that it refuses for want of another one:
// that is told where it is judged, or a pattern lets it be.
func TestOpeningsLoad(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"a/x.so":        object("opens libwhole.so libpart.so libgpu.so", "runpath $ORIGIN"),
		"a/libwhole.so": object(),
		"a/libpart.so":  object("needed libabsent.so.1"),
		"a/libgpu.so":   object("needed libcuda.so.1"),
	})
	w.options.IgnoreMissing = []string{"libabsent.so.1"}
	p := w.plan()
	if len(p.Openings) != 1 || !slices.Equal(p.Openings[0].Names, []string{"libwhole.so"}) || len(p.Openings[0].Alone) != 1 {
		t.Errorf("%+v", p.Openings)
	}
}
