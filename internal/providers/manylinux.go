package providers

import (
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// promises are the libraries that PEP 513, 571, 599 and 600 let a wheel expect from
// the system, apart from the C library, each with the glibc minor version of the
// first tag that promises it.
var promises = []struct {
	soname string
	since  int
}{
	{"libGL.so.1", 5},
	{"libICE.so.6", 5},
	{"libSM.so.6", 5},
	{"libX11.so.6", 5},
	{"libXext.so.6", 5},
	{"libXrender.so.1", 5},
	{"libatomic.so.1", 5}, // not in the PEPs, in the policies that auditwheel checks
	{"libexpat.so.1", 12}, // likewise
	{"libgcc_s.so.1", 5},
	{"libglib-2.0.so.0", 5},
	{"libgobject-2.0.so.0", 5},
	{"libgthread-2.0.so.0", 5},
	{"libstdc++.so.6", 5},
	{"libz.so.1", 5}, // likewise
}

// Promised returns the sonames that a platform tag lets a wheel expect from outside,
// sorted, apart from the C library. Several tags, joined by dots, promise what the
// oldest of them does. A tag that is not manylinux promises nothing.
func Promised(platform string) []string {
	oldest := -1
	for tag := range strings.SplitSeq(platform, ".") {
		p := pyname.ParsePlatform(tag)
		if p.Libc == "glibc" && p.Major == 2 && (oldest < 0 || p.Minor < oldest) {
			oldest = p.Minor
		}
	}
	if oldest < 0 {
		return nil
	}
	var out []string
	for _, p := range promises {
		if p.since <= oldest {
			out = append(out, p.soname)
		}
	}
	return out
}
