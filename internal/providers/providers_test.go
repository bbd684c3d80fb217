package providers

import (
	"slices"
	"strings"
	"testing"
)

// parseRows returns all rows of a table but its patterns.
func parseRows(text string) (map[string]Provider, error) {
	t, err := parseTable(text)
	if err != nil {
		return nil, err
	}
	rows := map[string]Provider{}
	for _, row := range t.rows {
		if _, rows[sonameOf(row)], err = parseRow(row); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Rule: the data file parses, which proves that it is sorted, without doubles and
// without empty sonames; and no row is without a cure, a reason or a note.
func TestTableIsWellFormed(t *testing.T) {
	tab, err := parseRows(sonames)
	if err != nil {
		t.Fatal(err)
	}
	if len(tab) < 400 {
		t.Errorf("only %d rows", len(tab))
	}
	for soname, p := range tab {
		if p.Attr == "" && len(p.Dists) == 0 && p.Note == "" {
			t.Errorf("%s: neither attribute, dist nor note", soname)
		}
		if strings.Trim(p.Attr, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != "" {
			t.Errorf("%s: %q is no attribute path", soname, p.Attr)
		}
		if !strings.Contains(soname, ".so") {
			t.Errorf("%s is no soname", soname)
		}
	}
}

// Rule: a table that is not sorted, has a double, an empty soname, two * in one, a missing
// column or an unknown flag is refused.
func TestTableRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"unsorted":     "libb.so\tb\t\t\t\nliba.so\ta\t\t\t\n",
		"double":       "liba.so\ta\t\t\t\nliba.so\tb\t\t\t\n",
		"empty soname": "\ta\t\t\t\n",
		"two *":        "lib*.so.*\ta\t\t\t\n",
		"columns":      "liba.so\ta\n",
		"flag":         "liba.so\ta\t\toptionl\t\n",
		"climbs":       "liba.so\ta\t\tbelow=../b\t\n",
	} {
		if _, err := parseRows(text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Rule: the exact soname wins, then a pattern, then the soname without its last
// version numbers, then the same stem in another version.
func TestLookupOrder(t *testing.T) {
	for _, c := range []struct {
		soname, attr, row string
		other             bool
	}{
		{"libGL.so.1", "libGL", "libGL.so.1", false},
		{"libgomp.so.1.0.0", "stdenv.cc.cc.lib", "libgomp.so.1.0.0", false},
		{"libz.so.1.2.11", "zlib", "libz.so.1", false},
		{"libicuuc.so.74", "icu74", "libicuuc.so.*", false},
		{"libpython3.12.so.1.0", "python312", "libpython3.*.so.1.0", false},
		{"libboost_log.so.1.90.0", "boost190", "libboost_log.so.1.9*.0", false},
		{"libboost_log.so.1.53.0", "", "libboost_*", false},
		{"libboost_python311.so.1.90.0", "", "libboost_python3*", false},
		{"libLLVM.so.20.1", "llvmPackages_20.libllvm", "libLLVM.so.*.1", false},
		{"libnsl.so.4", "libnsl", "libnsl.so.3", true},
		{"libtiff.so.7", "libtiff", "libtiff.so.6", true},
		{"libgtk-3.so", "gtk3", "libgtk-3.so.0", true},
		{"libgtk-5.so.1", "gtk4", "libgtk-4.so.1", true},
	} {
		m, ok := Lookup(c.soname)
		if !ok || m.Attr != c.attr || m.Soname != c.row || m.OtherVersion != c.other {
			t.Errorf("%s: %+v, %v", c.soname, m, ok)
		}
	}
	for _, soname := range []string{"", "libnobodyknows.so.1", "no library", ".so", "libQt6/../x.so.6"} {
		if m, ok := Lookup(soname); ok {
			t.Errorf("%q: %+v", soname, m)
		}
	}
}

// Rule: the more exact of two patterns wins.
func TestLookupLongestPattern(t *testing.T) {
	m, _ := Lookup("libQt6WebEngineQuick.so.6")
	if !slices.Contains(m.Dists, "pyqt6-webengine-qt6") {
		t.Errorf("%+v", m)
	}
	m, _ = Lookup("libQt6Widgets.so.6")
	if !slices.Contains(m.Dists, "pyqt6-qt6") || m.Attr != "" {
		t.Errorf("%+v", m)
	}
}

// Rule: a name without a version stands for a library of that name, whatever number it has
// behind or between, and never for the next generation of it.
func TestUnversioned(t *testing.T) {
	for name, want := range map[string]string{
		"libSDL2.so": "libSDL2-2.0.so.0", "libgtk-3.so": "libgtk-3.so.0", "libusb.so": "libusb-1.0.so.0", "libpulse.so": "libpulse.so.0",
	} {
		if m, _ := Lookup(name); m.Soname != want || !Unversioned(name, m.Soname) {
			t.Errorf("%s: %+v", name, m)
		}
	}
	for name, near := range map[string]string{"libSDL.so": "libSDL3.so.0", "libSDL2-2.0.0.so": "libSDL2-2.0.so.0", "libtiff.so.7": "libtiff.so.6"} {
		if m, _ := Lookup(name); m.Soname != near || !m.OtherVersion || Unversioned(name, m.Soname) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// Rule: libraries of the driver and of the C library are known as such, and have no
// attribute that anyone might put into buildInputs.
func TestLookupFlags(t *testing.T) {
	for soname, want := range map[string]bool{"libcuda.so.1": true, "libnvidia-ml.so.1": true, "libcudart.so.12": false} {
		if m, _ := Lookup(soname); IsDriver(soname) != want || want && m.Attr != "" {
			t.Errorf("%s: %+v", soname, m)
		}
	}
	if m, _ := Lookup("libc.musl-x86_64.so.1"); !m.Musl {
		t.Errorf("musl: %+v", m)
	}
	for _, s := range []string{"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux.so.2", "libnsl.so.1", "libc.musl-x86_64.so.1"} {
		if !IsLibc(s) {
			t.Errorf("%s is of the C library", s)
		}
	}
	if IsLibc("libnsl.so.3") || IsLibc("libstdc++.so.6") {
		t.Error("not of the C library")
	}
}
