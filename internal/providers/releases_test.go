package providers

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"
)

// Rule: the table of releases only ever grows: neither names nor versions go back.
func TestReleasesGrow(t *testing.T) {
	rs := Releases()
	for i := 1; i < len(rs); i++ {
		a, b := rs[i-1], rs[i]
		for _, p := range [][2]string{{a.Name, b.Name}, {a.Glibc, b.Glibc}, {a.GCC, b.GCC}, {a.glibcxx, b.glibcxx}, {a.cxxabi, b.cxxabi}} {
			if symver.Compare(p[0], p[1]) > 0 {
				t.Errorf("%s after %s", p[1], p[0])
			}
		}
	}
}

// Rule: the oldest release with a symbol version is the first that has it or a newer.
func TestOldest(t *testing.T) {
	for symbol, want := range map[string]string{
		"GLIBC_2.2.5": "21.05", "GLIBC_2.34": "22.05", "GLIBC_2.36": "23.05", "GLIBC_2.38": "23.11", "GLIBC_2.41": "26.05",
		"GLIBCXX_3.4.9": "21.05", "GLIBCXX_3.4.31": "24.05", "GLIBCXX_3.4.33": "25.05", "CXXABI_1.3.15": "25.05",
		"GLIBC_2.99": "", "GLIBC_PRIVATE": "", "OPENSSL_3.0.0": "", "GLIBC_": "", "": "", "CXXABI_TM_1": "", "2.38": "",
	} {
		r, ok := Oldest(symbol)
		if ok != (want != "") || r.Name != want {
			t.Errorf("%s: %+v", symbol, r)
		}
	}
}
