package explain

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyload"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
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

// Rule: what a wheel wants is its own: not what another one wants of the same library.
func TestWantsAreOfEachWheel(t *testing.T) {
	s := sampleSource()
	s.wheels = append(s.wheels, sampleWheel())
	s.Objects = append(s.Objects, object(1, "other/mod.abi3.so", elfobj.Object{
		Needed:  []string{"libc.so.6"},
		Verneed: []elfobj.Verneed{{File: "libc.so.6", Versions: []elfobj.Version{{Name: "GLIBC_2.17"}}}},
	}))
	m := s.build()
	for i, want := range []string{"GLIBC_2.34", "GLIBC_2.17"} {
		if wanted, _, _ := m.wants(i); !slices.Equal(wanted, []string{want}) {
			t.Errorf("wheel %d: %q, want %s", i, wanted, want)
		}
	}
	i := slices.IndexFunc(m.Report().Outside, func(o report.OutsideReport) bool { return o.Soname == "libc.so.6" })
	if got := m.Report().Outside[i].Versions; !slices.Equal(got, []string{"GLIBC_2.34"}) {
		t.Errorf("of both: %q", got)
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
	d := s.build().nixPackage(0)
	if !slices.Equal(d.Inputs, []string{"openmpi"}) || len(d.Ignores) != 1 || d.Ignores[0].Pattern != "*/MPI.mpich.so:libmpi.so.12" {
		t.Errorf("%q, %q", d.Inputs, d.Ignores)
	}
	s.Objects = []sampleObject{object(0, "pkg/both.so", elfobj.Object{Needed: []string{"libmpi.so.12", "libmpi.so.40"}})}
	if d := s.build().nixPackage(0); !slices.Equal(d.Inputs, []string{"mpich", "openmpi"}) || len(d.Ignores) > 0 {
		t.Errorf("%q, %q", d.Inputs, d.Ignores)
	}
}

// Rule: a guess of what an object needs anyway is dropped, and the same guess from
// one file counts once.
func TestGuessesAreNotOfWhatIsNeeded(t *testing.T) {
	s := sampleSource()
	s.guesses = []guess{
		{Load: pyload.Load{Soname: "libGL.so.1", File: "pkg/gl.py", Line: 1}},
		{Load: pyload.Load{Soname: "libvulkan.so.1", File: "pkg/gpu.py", Line: 7}},
		{Load: pyload.Load{Soname: "libvulkan.so.1", File: "pkg/gpu.py", Line: 9}},
		{Load: pyload.Load{Soname: "libvulkan.so.1", File: "pkg/other.py", Line: 2}},
		{Load: pyload.Load{Soname: "libone-1234.so.1", File: "pkg/gl.py", Line: 3}},
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
