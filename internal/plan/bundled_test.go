package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// Rule: a part of the C library that the outputs bring is told where it takes the place
// of the loader's: an error where a program gets libc.so.6 or libpthread of theirs.
func TestBundledLibc(t *testing.T) {
	prog := func(needed string) *elfobj.Object {
		return object("needed "+needed, "interp "+planLoad, "runpath $ORIGIN/../lib")
	}
	module := func(needed string) *elfobj.Object { return object("needed "+needed, "runpath $ORIGIN/../lib") }
	const want, warned = "error bundled-libc", "warning bundled-libc"
	for _, c := range []struct {
		rule    string
		objects map[string]*elfobj.Object
		tune    func(*planWorld)
		codes   []string
	}{
		{rule: "libc.so.6 of a program", objects: map[string]*elfobj.Object{"bin/p": prog("libc.so.6"), "lib/libc.so.6": object()}, codes: []string{want}},
		{rule: "libc.so.6 of a module", objects: map[string]*elfobj.Object{"a/x.so": module("libc.so.6"), "lib/libc.so.6": object()}, codes: []string{warned}},
		{rule: "libm.so.6 of a program", objects: map[string]*elfobj.Object{"bin/p": prog("libm.so.6"), "lib/libm.so.6": object()}, codes: []string{warned}},
		{rule: "two parts", objects: map[string]*elfobj.Object{"bin/p": prog("libm.so.6 libc.so.6"), "lib/libm.so.6": object(), "lib/libc.so.6": object()}, codes: []string{want, warned}},
		{rule: "one that no search path leads to", objects: map[string]*elfobj.Object{"a/x.so": object("needed libc.so.6"), "lib/libc.so.6": object()}},
		{rule: "one that nothing needs", objects: map[string]*elfobj.Object{"a/x.so": module("libm.so.6"), "lib/libc.so.6": object()}},
		{rule: "a part that the loader does not have", objects: map[string]*elfobj.Object{"bin/p": prog("libnsl.so.1"), "lib/libnsl.so.1": object()}},
		{rule: "the loader's name", objects: map[string]*elfobj.Object{"bin/p": prog("ld-linux-x86-64.so.2"), "lib/ld-linux-x86-64.so.2": object()}},
		{rule: "another library", objects: map[string]*elfobj.Object{"bin/p": prog("libz.so.1"), "lib/libz.so.1": object()}},
		{
			rule:    "a loader that lies beside it",
			objects: map[string]*elfobj.Object{"bin/p": prog("libc.so.6"), "lib/libc.so.6": object()},
			tune:    func(w *planWorld) { w.roots = append(w.roots, "/nix/store/glibc") },
		},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(c.objects)
			if c.tune != nil {
				c.tune(w)
			}
			p := w.plan()
			if c.codes == nil {
				c.codes = []string{}
			}
			if diff := cmp.Diff(c.codes, planCodes(p)); diff != "" {
				t.Errorf("problems (-want +got):\n%s\n%v", diff, p.Problems)
			}
		})
	}
}

// Rule: the hint is pasted only where the path is plain and in the first output.
func TestBundledLibcHint(t *testing.T) {
	for dir, code := range map[string]bool{"lib": true, "l''b": false, "l${x}b": false, "l b": false} {
		p := newWorld(map[string]*elfobj.Object{"bin/p": object("needed libm.so.6", "interp "+planLoad, "runpath $ORIGIN/../"+dir), dir + "/libm.so.6": object()}).plan()
		if len(p.Problems) != 1 {
			t.Fatalf("%s: %v", dir, p.Problems)
		}
		hint := p.Problems[0].Hint
		if strings.Contains(hint, `postFixup = ''rm "$out"/`+dir+"/libm.so.6'';") != code || !code && strings.Contains(hint, dir) {
			t.Errorf("%s: %s", dir, hint)
		}
	}
}
