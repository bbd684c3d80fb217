package pyload

import (
	"io"
	"slices"
	"strings"
	"testing"
)

// Rule: names of libraries are found in calls of ctypes and cffi, and in strings
// beside them.
func TestScan(t *testing.T) {
	text := `import ctypes, ctypes.util
a = ctypes.CDLL("libfoo.so.1")
b = ctypes.util.find_library( 'bar' )
c = ffi.dlopen(r"libbaz.so")
NAMES = ["libqux.so.3", "libqux.dylib"]
d = CDLL("/usr/lib/libabs.so"); e = CDLL(f"lib{x}.so"); f = CDLL("kernel32.dll")
`
	var got []string
	for _, g := range scanned(text) {
		got = append(got, g.Soname+" "+g.Call)
	}
	want := []string{"libfoo.so.1 CDLL", "libbar.so find_library", "libbaz.so dlopen", "libqux.so.3 name"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if g := scanned(`name = "libfoo.so.1"`); g != nil {
		t.Errorf("no ctypes in there: %v", g)
	}
	if g := scanned(text); g[0].Line != 2 {
		t.Error(g[0].Line)
	}
	text = `ctypes; myCDLL("a.so"); "liba.so.x"; "xliba.so"; 'libb.so.'; x = "libc.so"; libd.so`
	if g := scanned(text); len(g) != 1 || g[0].Soname != "libc.so" {
		t.Errorf("parts of other names: %v", g)
	}
}

// Rule: Python code in folders of tests is not read, and of a file that names neither
// ctypes nor dlopen nor find_library at its head only that.
func TestRead(t *testing.T) {
	load := `ctypes.CDLL("libfoo.so")`
	var files []File
	for _, f := range []struct{ name, text string }{
		{"a/head.py", load},
		{"a/tests/x.py", load},
		{"test/x.py", load},
		{"a/testing.py", load},
		{"a/late.py", strings.Repeat("#", pythonHead) + load},
		{"a/long.py", "import ctypes" + strings.Repeat(" ", pythonHead) + load},
	} {
		if Wanted(f.name, int64(len(f.text))) {
			open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f.text)), nil }
			files = append(files, File{f.name, int64(len(f.text)), open})
		}
	}
	guesses, err := Read(t.Context(), files, 2)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range guesses {
		got = append(got, g.File)
	}
	if want := []string{"a/head.py", "a/testing.py", "a/long.py"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Rule: code that has ctypes for its types alone names no library, but what it imports is
// imported on Linux: a module that other code imports on another platform counts then.
func TestImportsOfCodeThatNamesNoLibrary(t *testing.T) {
	const elsewhere = "import sys\nif sys.platform == 'win32':\n    import a.native\n"
	for text, want := range map[string]int{
		"import ctypes\n": 0,
		"import ctypes\nfrom . import (other,\n  native)": 1,
		"import ctypes\nimport a.native as n\n":           1,
		"def f():\n\tfrom a import native; ctypes":        1,
		"import ctypes\nimporta.native = 1\n":             0,
	} {
		var files []File
		for name, text := range map[string]string{"a/__init__.py": elsewhere, "a/types.py": text, "a/native.py": `ctypes.CDLL("libfoo.so")`} {
			open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
			files = append(files, File{name, int64(len(text)), open})
		}
		loads, err := Read(t.Context(), files, 1)
		if err != nil || len(loads) != want {
			t.Errorf("%q: %v, %v", text, loads, err)
		}
	}
}

// scanned returns what a file p.py loads.
func scanned(text string) []Load {
	loads, _, _ := scan("p.py", []byte(text))
	return loads
}
