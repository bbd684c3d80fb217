package wheel_test

import (
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// Rule: a member or a row that has a name of this program's own files anywhere in
// its path is unsafe and has no place; one that is only like it is not.
func TestOwnNamesAreUnsafe(t *testing.T) {
	own := atomicfile.Prefix
	for name, unsafe := range map[string]bool{
		own + "journal":                            true,
		"demo-1.0.data/data/" + own + "journal":    true,
		"demo-1.0.data/data/" + own + "old-1":      true,
		"demo/" + own + "x/y.py":                   true,
		"demo/" + own + "x/":                       true,
		"demo/" + own:                              true,
		"demo/" + strings.ToUpper(own) + "journal": true,
		"demo/" + strings.TrimSuffix(own, "-"):     false,
		"demo/x" + own + "journal":                 false,
		"demo/" + own[1:] + "journal":              false,
		"demo/" + own[:5] + "/" + own[5:]:          false,
	} {
		w := record.Good()
		w.Add(name, "")
		a := open(t, w)
		m := &a.Members[len(a.Members)-2]
		if m.Name != name || (m.Unsafe != "") != unsafe || m.Readable() == unsafe {
			t.Errorf("member %q of %q: %q", m.Name, name, m.Unsafe)
		}
		if scheme, rel := a.InstallPath(name); (scheme == "") != unsafe {
			t.Errorf("%q goes to %q", name, rel)
		}
		if got := faultOf(a.Faults, name); (got == wheel.UnsafePath) != unsafe {
			t.Errorf("member %q has a fault of kind %v", name, got)
		}
		_, faults := wheel.ParseRecord(record.Row("demo/../"+name, "") + "\n")
		if got := faultOf(faults, "demo/../"+name); (got == wheel.UnsafePath) != unsafe {
			t.Errorf("row of %q has a fault of kind %v", name, got)
		}
	}
}

// Rule: an entry point's program lies in bin. One whose name leads elsewhere, or is
// a name of this program's own files, is a fault and no script.
func TestEntryPointsLieInBin(t *testing.T) {
	for name, good := range map[string]bool{
		"demo": true, "demo.py": true, "demo tool": true, "é": true, "sub/demo": true,
		"../demo": false, "../" + atomicfile.Prefix + "journal": false, atomicfile.Prefix + "journal": false,
		"/bin/demo": false, "a/../b": false, `..\demo`: false, "..": false, "demo\x00": false, "c:demo": false,
	} {
		for _, section := range []string{"console_scripts", "gui_scripts"} {
			w := record.Good()
			w.Member(w.Info + "/entry_points.txt").Data = "[" + section + "]\n" + name + " = demo:main\n"
			a := open(t, w)
			kind := faultOf(a.Faults, w.Info+"/entry_points.txt")
			if (len(a.Scripts) == 1) != good || (kind == wheel.UnsafePath) == good {
				t.Errorf("%q: %q, fault of kind %v", name, a.Scripts, kind)
			}
		}
	}
}

// Rule: headers go below include/NAME; a Name that is no name of a folder has none.
func TestHeadersStayInInclude(t *testing.T) {
	for name, want := range map[string]string{"demo": "include/demo/demo.h", "..": "", "../../demo": "", "/demo": "", atomicfile.Prefix + "x": ""} {
		w := record.Good()
		w.Member(w.Info + "/METADATA").Data = "Name: " + name + "\nVersion: 1.0\n"
		if _, rel := open(t, w).InstallPath("demo-1.0.data/headers/demo.h"); rel != want {
			t.Errorf("%q: %q", name, rel)
		}
	}
}

// faultOf returns the kind of the last fault of a path, or -1.
func faultOf(faults []*wheel.Fault, path string) wheel.Kind {
	kind := wheel.Kind(-1)
	for _, f := range faults {
		if f.Path == path {
			kind = f.Kind
		}
	}
	return kind
}
