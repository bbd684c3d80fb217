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

// Releases gives the releases of nixpkgs that are known here, oldest first, as
// they are on x86_64-linux: aarch64-linux kept an older compiler until 24.05.
//
// Each row names what confirms the glibc and the major version of GCC, a pull
// request or issue of nixpkgs where it is but a number. The minor version of GCC
// is confirmed only where a remark says so; it matters in 24.05 alone, whose
// 13.2 has one symbol version more than 13.1. Symbol versions by compiler are
// those of the libstdc++ manual, "ABI Policy and Guidelines", up to GCC 14; those
// of GCC 15 have not been looked up there.
func Releases() []Release {
	return []Release{
		{"21.05", "2.32", "10.3", "3.4.28", "1.3.12"}, // its release notes, with the minor version
		{"21.11", "2.33", "10.3", "3.4.28", "1.3.12"}, // #147672; GCC 11 came later: #165732
		{"22.05", "2.34", "11.3", "3.4.29", "1.3.13"}, // #133431 and #182538; #174282
		{"22.11", "2.35", "11.3", "3.4.29", "1.3.13"}, // #182538; GCC 12 came later: #206907
		{"23.05", "2.37", "12.2", "3.4.30", "1.3.13"}, // its announcement; #206907
		{"23.11", "2.38", "12.3", "3.4.30", "1.3.13"}, // #279706, with the minor version
		{"24.05", "2.39", "13.2", "3.4.32", "1.3.14"}, // #309641; #268097
		{"24.11", "2.40", "13.3", "3.4.32", "1.3.14"}, // paths of the cache, with the minor version; #356545
		{"25.05", "2.40", "14.2", "3.4.33", "1.3.15"}, // #431745; mlkem-native#1556, with the minor version
		{"25.11", "2.40", "14.3", "3.4.33", "1.3.15"}, // #379542 came later; mlkem-native#1556, with the minor version
		{"26.05", "2.42", "15.2", "3.4.34", "1.3.16"}, // #379542; #471587 and #502924, with the minor version
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
