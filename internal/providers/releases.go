package providers

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// This file knows which nixpkgs release has which symbol versions.

// A Release is one stable release of nixpkgs and what its stdenv has.
type Release struct {
	Name    string // "24.05"
	Glibc   string // "2.39"
	GCC     string // "13.2"
	GLIBCXX string // the newest symbol version of libstdc++, "3.4.32"
	CXXABI  string // likewise, "1.3.14"
}

// Releases gives the releases of nixpkgs that are known here, oldest first.
//
// Source: the release notes of nixpkgs and the default compiler of each branch;
// symbol versions by compiler from the libstdc++ manual, "ABI Policy and
// Guidelines".
func Releases() []Release {
	return []Release{
		{"21.05", "2.32", "10.3", "3.4.28", "1.3.12"},
		{"21.11", "2.33", "10.3", "3.4.28", "1.3.12"},
		{"22.05", "2.34", "11.3", "3.4.29", "1.3.13"},
		{"22.11", "2.35", "11.3", "3.4.29", "1.3.13"},
		{"23.05", "2.37", "12.2", "3.4.30", "1.3.13"},
		{"23.11", "2.38", "12.3", "3.4.30", "1.3.13"},
		{"24.05", "2.39", "13.2", "3.4.32", "1.3.14"},
		{"24.11", "2.40", "13.3", "3.4.32", "1.3.14"},
		{"25.05", "2.40", "14.2", "3.4.33", "1.3.15"},
		{"25.11", "2.40", "14.3", "3.4.33", "1.3.15"},
		{"26.05", "2.42", "15.2", "3.4.34", "1.3.16"},
	}
}

// Oldest gives the oldest release whose stdenv has the symbol version, such as
// "GLIBC_2.38", "GLIBCXX_3.4.32" or "CXXABI_1.3.15". It is false where the
// version is of another library, or newer than every release known here. The
// first of [Releases] stands for itself and all before it that had it too.
func Oldest(symbol string) (Release, bool) {
	library, version, ok := strings.Cut(symbol, "_")
	if !ok || version == "" || strings.Trim(version, "0123456789.") != "" {
		return Release{}, false
	}
	for _, r := range Releases() {
		have := map[string]string{"GLIBC": r.Glibc, "GLIBCXX": r.GLIBCXX, "CXXABI": r.CXXABI}[library]
		if have != "" && CompareVersions(have, version) >= 0 {
			return r, true
		}
	}
	return Release{}, false
}

// CompareVersions compares dotted numbers: 2.9 is before 2.38. Parts that are
// no numbers compare as text.
func CompareVersions(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		m, errM := strconv.Atoi(x)
		n, errN := strconv.Atoi(y)
		if errM == nil && errN == nil {
			return cmp.Compare(m, n)
		}
		return cmp.Compare(x, y)
	})
}

// Highest gives the highest of some symbol versions with one prefix, such as
// "GLIBC", or "" where there is none. Names without a number (GLIBC_PRIVATE)
// are passed over.
func Highest(prefix string, symbols []string) string {
	best := ""
	for _, s := range symbols {
		v, ok := strings.CutPrefix(s, prefix+"_")
		if !ok || strings.Trim(v, "0123456789.") != "" {
			continue
		}
		if best == "" || CompareVersions(v, best) > 0 {
			best = v
		}
	}
	if best == "" {
		return ""
	}
	return prefix + "_" + best
}
