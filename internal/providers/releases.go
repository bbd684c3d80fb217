package providers

import "github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"

// A Release is one stable release of nixpkgs and what its stdenv has.
type Release struct {
	Name    string // "24.05"
	Glibc   string // "2.39"
	GCC     string // "13.2"
	glibcxx string // the newest symbol version of libstdc++, "3.4.32"
	cxxabi  string // likewise, "1.3.14"
}

// Releases returns the releases of nixpkgs that are known here, oldest first, as
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

// Oldest returns the oldest release whose stdenv has the symbol version, such as
// "GLIBC_2.38", "GLIBCXX_3.4.32" or "CXXABI_1.3.15". It is false where the
// version is of another library, or newer than every release known here. The
// first of [Releases] stands for itself and all before it that had it too.
func Oldest(version string) (Release, bool) {
	prefix, number := symver.Prefix(version), symver.Number(version)
	if number == "" {
		return Release{}, false
	}
	for _, r := range Releases() {
		have := map[string]string{"GLIBC": r.Glibc, "GLIBCXX": r.glibcxx, "CXXABI": r.cxxabi}[prefix]
		if have != "" && symver.Compare(have, number) >= 0 {
			return r, true
		}
	}
	return Release{}, false
}
