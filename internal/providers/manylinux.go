package providers

// What platform tags promise: PEP 513, 571, 599 and 600.

import (
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// The libraries that PEP 513, 571, 599 and 600 let a wheel expect from the
// system, apart from the C library. The number is the glibc minor version of
// the first tag that promises it.
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

// libcSonames are those of glibc itself that the PEPs name.
var libcSonames = []string{
	"libanl.so.1", "libc.so.6", "libdl.so.2", "libm.so.6", "libmvec.so.1",
	"libnsl.so.1", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libutil.so.1",
}

// Promised returns the sonames apart from the C library that the platform tag
// lets a wheel expect from outside, sorted. Several tags joined by dots promise
// what the oldest of them does. Any other tag promises nothing.
func Promised(platform string) []string {
	oldest := -1
	for tag := range strings.SplitSeq(platform, ".") {
		p := wheel.ParsePlatform(tag)
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
