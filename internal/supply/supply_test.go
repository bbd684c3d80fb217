package supply

import (
	"slices"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// Rule: the C library comes first, then what the tag promises, the driver, a Python
// package that METADATA names, nixpkgs, another Python package. Another version of
// a library is no supplier.
func TestFind(t *testing.T) {
	plain := Wheel{Name: "Pkg", Platforms: []string{"linux_x86_64"}}
	manylinux := Wheel{Name: "Pkg", Platforms: []string{"manylinux_2_28_x86_64"}}
	requiring := Wheel{Name: "Pkg", Requires: []string{"numpy", "tbb"}}
	for _, c := range []struct {
		soname string
		wheel  Wheel
		want   Answer
	}{
		{"libm.so.6", manylinux, Answer{From: Libc}},
		{"libz.so.1", manylinux, Answer{From: Promise, Attr: "zlib"}},
		{"libz.so.1", plain, Answer{From: Nixpkgs, Attr: "zlib"}},
		{"libcuda.so.1", plain, Answer{From: Driver}},
		{"libtbb.so.12", requiring, Answer{From: Dist, Attr: "onetbb", Dists: []string{"tbb"}, Required: true}},
		{"libtbb.so.12", plain, Answer{From: Nixpkgs, Attr: "onetbb", Dists: []string{"tbb"}}},
		{"libQt6WebEngineCore.so.6", plain, Answer{From: Dist, Dists: []string{"pyqt6-webengine-qt6", "pyside6-webengine", "pyside6-addons"}}},
		{"libmimerapi.so", plain, Answer{From: Unknown, Optional: true}},
		{"libhwloc.so.99", plain, Answer{From: Unknown, Attr: "hwloc", Other: "libhwloc.so.15"}},
		{"libnobodyknows.so.1", plain, Answer{From: Unknown}},
	} {
		got := Find(c.soname, c.wheel)
		if got.From != c.want.From || c.want.Attr != "" && got.Attr != c.want.Attr || !slices.Equal(got.Dists, c.want.Dists) ||
			got.Required != c.want.Required || got.Optional != c.want.Optional || got.Other != c.want.Other {
			t.Errorf("%s for %v: %+v, want %+v", c.soname, c.wheel, got, c.want)
		}
	}
}

// Rule: of the Python packages that have a library METADATA decides. Where it names
// none, those of the wheel's own project stand alone, whatever the case of its
// name. The wheel itself is never offered.
func TestOffered(t *testing.T) {
	qt := []string{"pyqt6-qt6", "pyside6-essentials", "pyside6-addons"}
	for _, c := range []struct {
		rule     string
		wheel    Wheel
		want     []string
		required bool
	}{
		{"METADATA names one", Wheel{Name: "PySide6_Addons", Requires: []string{"pyqt6-qt6", "shiboken6"}}, []string{"pyqt6-qt6"}, true},
		{"METADATA names two", Wheel{Name: "x", Requires: []string{"pyside6-addons", "pyside6-essentials"}}, []string{"pyside6-essentials", "pyside6-addons"}, true},
		{"its own project", Wheel{Name: "PySide6_Essentials", Requires: []string{"shiboken6"}}, []string{"pyside6-addons"}, false},
		{"its own project", Wheel{Name: "PyQt6"}, []string{"pyqt6-qt6"}, false},
		{"another project", Wheel{Name: "x"}, qt, false},
		{"a name that only begins like theirs", Wheel{Name: "PyQ"}, qt, false},
		{"no name", Wheel{}, qt, false},
		{"METADATA names the wheel itself", Wheel{Name: "PyQt6.Qt6", Requires: []string{"pyqt6-qt6"}}, []string{"pyside6-essentials", "pyside6-addons"}, false},
	} {
		got, required := offered(qt, c.wheel)
		if !slices.Equal(got, c.want) || required != c.required {
			t.Errorf("%s, %v: %q %v, want %q %v", c.rule, c.wheel, got, required, c.want, c.required)
		}
	}
	if got, _ := offered([]string{"tbb"}, Wheel{Name: "TBB", Requires: []string{"tbb"}}); len(got) > 0 {
		t.Errorf("a wheel is offered itself: %q", got)
	}
}

// Rule: a library is ignored by file only where plugins alone need it, and neither
// METADATA nor nixpkgs has it, or only plugins that nobody misses ever need it.
func TestIgnoreByFile(t *testing.T) {
	qt := Wheel{Name: "PySide6_Essentials"}
	for _, c := range []struct {
		rule   string
		answer Answer
		want   bool
	}{
		{"nobody has it", Find("libnobodyknows.so.1", qt), true},
		{"nixpkgs has it", Find("libxcb.so.1", qt), false},
		{"nixpkgs has it, but it is optional", Find("libfbclient.so.2", qt), true},
		{"nixpkgs has another version", Find("libhwloc.so.99", qt), true},
		{"a Python package has it", Find("libQt6WebEngineCore.so.6", qt), true},
		{"a Python package has it, and METADATA names that", Find("libQt6WebEngineCore.so.6", Wheel{Requires: []string{"pyside6-addons"}}), false},
	} {
		if got := c.answer.IgnoreByFile(true); got != c.want {
			t.Errorf("%s: %v", c.rule, got)
		}
		if c.answer.IgnoreByFile(false) {
			t.Errorf("%s: ignored for more than plugins", c.rule)
		}
	}
}

// Rule: a tree with several distributions has no name, and requires what any of them
// does; each name counts once, normalized (PEP 503).
func TestNewWheel(t *testing.T) {
	a := wheel.Dist{Name: "A", Requires: []string{"NumPy>=2", `zope.interface; extra == "x"`, "tbb"}}
	b := wheel.Dist{Name: "B", Requires: []string{"numpy"}}
	tags := []pyname.Platform{{Tag: "manylinux_2_17_x86_64"}, {Tag: "manylinux2014_x86_64"}}
	for _, c := range []struct {
		dists []wheel.Dist
		want  Wheel
	}{
		{[]wheel.Dist{a}, Wheel{Name: "A", Requires: []string{"numpy", "tbb", "zope-interface"}}},
		{[]wheel.Dist{a, b}, Wheel{Requires: []string{"numpy", "tbb", "zope-interface"}}},
		{nil, Wheel{}},
	} {
		got := NewWheel(c.dists, tags)
		if got.Name != c.want.Name || !slices.Equal(got.Requires, c.want.Requires) ||
			!slices.Equal(got.Platforms, []string{"manylinux_2_17_x86_64", "manylinux2014_x86_64"}) {
			t.Errorf("%v: %+v", c.dists, got)
		}
	}
}
