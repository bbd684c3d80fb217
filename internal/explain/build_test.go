package explain

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

func needOf(t *testing.T, m Model, path, soname string) needInfo {
	t.Helper()
	for _, o := range m.objects {
		if o.Path != path {
			continue
		}
		for _, n := range o.Needs {
			if n.Soname == soname {
				return n
			}
		}
	}
	t.Fatalf("%s does not need %s", path, soname)
	return needInfo{}
}

// Rule: each need has the supplier that comes first: the wheel by its RUNPATH, the
// wheel by name, a wheel beside it, the C library, the tag's promise, the
// driver, nixpkgs, another Python package, nobody.
func TestSupplierOfANeed(t *testing.T) {
	s := sampleSource()
	other := sampleWheel()
	other.Name, other.Path = "Other", "other-1.0-cp312-abi3-manylinux_2_28_x86_64.whl"
	s.wheels = append(s.wheels, other)
	s.wheels[0].Requires = []string{"tbb"}
	s.Objects = append(s.Objects,
		object(1, "other.libs/libshared.so.2", elfobj.Object{Soname: "libshared.so.2"}),
		object(0, "pkg/far/away.abi3.so", elfobj.Object{Needed: []string{
			"libone-1234.so.1", "libshared.so.2", "libc.so.6", "libz.so.1", "libcuda.so.1", "libxcb.so.1", "libtbb.so.12", "libcublas.so.12", "libnobody.so.1", "libhwloc.so.99",
		}}))
	m := s.build()
	for soname, want := range map[string]supply.Supplier{
		"libone-1234.so.1": supply.Self, "libshared.so.2": supply.Sibling, "libc.so.6": supply.Libc, "libz.so.1": supply.Promise, "libcuda.so.1": supply.Driver,
		"libxcb.so.1": supply.Nixpkgs, "libtbb.so.12": supply.Dist, "libcublas.so.12": supply.Nixpkgs, "libnobody.so.1": supply.Unknown, "libhwloc.so.99": supply.Unknown,
	} {
		if n := needOf(t, m, "pkg/far/away.abi3.so", soname); n.From != want {
			t.Errorf("%s: %s instead of %s", soname, n.From, want)
		}
	}
	if n := needOf(t, m, "pkg/core.abi3.so", "libone-1234.so.1"); n.How != "RUNPATH $ORIGIN/../pkg.libs" {
		t.Errorf("how: %q", n.How)
	}
	if n := needOf(t, m, "pkg/far/away.abi3.so", "libone-1234.so.1"); !strings.Contains(n.How, "patching adds one") {
		t.Errorf("how: %q", n.How)
	}
}

// Rule: a tag that promises nothing makes zlib an ordinary input.
func TestNoPromiseWithoutManylinux(t *testing.T) {
	s := sampleSource()
	s.wheels[0].Platforms = []string{"musllinux_1_2_x86_64"}
	s.Objects = append(s.Objects, object(0, "pkg/z.abi3.so", elfobj.Object{Needed: []string{"libz.so.1", "libc.musl-x86_64.so.1"}}))
	m := s.build()
	if n := needOf(t, m, "pkg/z.abi3.so", "libz.so.1"); n.From != supply.Nixpkgs {
		t.Error(n.From)
	}
	if n := needOf(t, m, "pkg/z.abi3.so", "libc.musl-x86_64.so.1"); n.From != supply.Libc {
		t.Error(n.From)
	}
}

// Rule: of two libraries of one name the nearer one serves.
func TestNearestOfTwo(t *testing.T) {
	s := &sample{Source: Source{wheels: []wheelInfo{sampleWheel()}}, Objects: []sampleObject{
		object(0, "glfw/wayland/libglfw.so", elfobj.Object{}),
		object(0, "glfw/x11/libglfw.so", elfobj.Object{}),
		object(0, "glfw/x11/user.abi3.so", elfobj.Object{Needed: []string{"libglfw.so"}}),
	}}
	if n := needOf(t, s.build(), "glfw/x11/user.abi3.so", "libglfw.so"); !strings.Contains(n.Path, "/x11/") {
		t.Error(n.Path)
	}
}

// Rule: objects that need one another in a circle are no obstacle.
func TestCycle(t *testing.T) {
	s := &sample{Source: Source{wheels: []wheelInfo{sampleWheel()}}, Objects: []sampleObject{
		object(0, "p.libs/liba.so.1", elfobj.Object{Soname: "liba.so.1", Needed: []string{"libb.so.1"}}),
		object(0, "p.libs/libb.so.1", elfobj.Object{Soname: "libb.so.1", Needed: []string{"liba.so.1"}}),
		object(0, "p/m.abi3.so", elfobj.Object{Needed: []string{"liba.so.1"}}),
	}}
	m := s.build()
	var b strings.Builder
	for _, all := range []bool{false, true} {
		if err := Text(&b, m, TextOptions{All: all}); err != nil {
			t.Fatal(err)
		}
	}
	if err := HTML(&b, m); err != nil {
		t.Fatal(err)
	}
	if got := columns(graph{{1}, {0}, {0}}); !slices.Equal(got, []int{1, 2, 0}) {
		t.Errorf("the edge that closes the circle counts: %v", got)
	}
}

// Rule: the highest version that is wanted from outside decides the oldest nixpkgs;
// what a bundled library defines does not count.
func TestWants(t *testing.T) {
	m := sampleModel()
	wanted, release, ok := m.wants(0)
	if !slices.Equal(wanted, []string{"GLIBC_2.34"}) || release.Name != "22.05" || !ok {
		t.Error(wanted, release, ok)
	}
}

// Rule: names of libraries are found in calls of ctypes and cffi, and in strings
// beside them.
func TestScanPython(t *testing.T) {
	text := `import ctypes, ctypes.util
a = ctypes.CDLL("libfoo.so.1")
b = ctypes.util.find_library( 'bar' )
c = ffi.dlopen(r"libbaz.so")
NAMES = ["libqux.so.3", "libqux.dylib"]
d = CDLL("/usr/lib/libabs.so"); e = CDLL(f"lib{x}.so"); f = CDLL("kernel32.dll")
`
	var got []string
	for _, g := range scanPython("p.py", []byte(text)) {
		got = append(got, g.Soname+" "+g.Call)
	}
	want := []string{"libfoo.so.1 CDLL", "libbar.so find_library", "libbaz.so dlopen", "libqux.so.3 name"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if g := scanPython("p.py", []byte(`name = "libfoo.so.1"`)); g != nil {
		t.Errorf("no ctypes in there: %v", g)
	}
	if g := scanPython("p.py", []byte(text)); g[0].Line != 2 {
		t.Error(g[0].Line)
	}
	text = `ctypes; myCDLL("a.so"); "liba.so.x"; "xliba.so"; 'libb.so.'; "libc.so"; libd.so`
	if g := scanPython("p.py", []byte(text)); len(g) != 1 || g[0].Soname != "libc.so" {
		t.Errorf("parts of other names: %v", g)
	}
}

// Rule: Python code in folders of tests is not read, and of a file that names neither
// ctypes nor dlopen nor find_library at its head only that.
func TestReadPython(t *testing.T) {
	load := `ctypes.CDLL("libfoo.so")`
	var files []pythonFile
	for _, f := range []struct{ name, text string }{
		{"a/head.py", load},
		{"a/tests/x.py", load},
		{"test/x.py", load},
		{"a/testing.py", load},
		{"a/late.py", strings.Repeat("#", pythonHead) + load},
		{"a/long.py", "import ctypes" + strings.Repeat(" ", pythonHead) + load},
	} {
		if isPython(f.name, int64(len(f.text))) {
			open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f.text)), nil }
			files = append(files, pythonFile{f.name, int64(len(f.text)), open})
		}
	}
	guesses, err := readPython(t.Context(), files, 2)
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

// Rule: of libraries that are alternatives, asked for by files of their own, the
// expression has one, and ignores the others in the files that ask for them.
func TestAlternatives(t *testing.T) {
	s := sampleSource()
	s.Objects = []sampleObject{
		object(0, "pkg/MPI.mpich.so", elfobj.Object{Needed: []string{"libmpi.so.12"}}),
		object(0, "pkg/MPI.openmpi.so", elfobj.Object{Needed: []string{"libmpi.so.40"}}),
	}
	d := s.build().derivation(0)
	if !slices.Equal(d.inputs, []string{"openmpi"}) || len(d.ignores) != 1 || d.ignores[0].pattern != "*/MPI.mpich.so:libmpi.so.12" {
		t.Errorf("%q, %q", d.inputs, d.ignores)
	}
	s.Objects = []sampleObject{object(0, "pkg/both.so", elfobj.Object{Needed: []string{"libmpi.so.12", "libmpi.so.40"}})}
	if d := s.build().derivation(0); !slices.Equal(d.inputs, []string{"mpich", "openmpi"}) || len(d.ignores) > 0 {
		t.Errorf("%q, %q", d.inputs, d.ignores)
	}
}

// Rule: a guess of what an object needs anyway is dropped, and the same guess from
// one file counts once.
func TestGuessesAreNotOfWhatIsNeeded(t *testing.T) {
	s := sampleSource()
	s.guesses = []guess{
		{Soname: "libGL.so.1", File: "pkg/gl.py", Line: 1},
		{Soname: "libvulkan.so.1", File: "pkg/gpu.py", Line: 7},
		{Soname: "libvulkan.so.1", File: "pkg/gpu.py", Line: 9},
		{Soname: "libvulkan.so.1", File: "pkg/other.py", Line: 2},
		{Soname: "libone-1234.so.1", File: "pkg/gl.py", Line: 3},
	}
	var got []string
	for _, g := range s.build().guesses {
		got = append(got, fmt.Sprintf("%s:%d %s %s", g.File, g.Line, g.Soname, g.From))
	}
	want := []string{"pkg/gl.py:3 libone-1234.so.1 wheel", "pkg/gpu.py:7 libvulkan.so.1 nixpkgs", "pkg/other.py:2 libvulkan.so.1 nixpkgs"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
