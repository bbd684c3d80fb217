package providers

import (
	"path"
	"slices"
	"strings"
)

// IsLibc reports whether a soname is of the C library, which comes with the
// interpreter: of glibc, of its loaders, or of musl. No RUNPATH is written for them: a
// program crashes with another glibc than its loader's.
func IsLibc(soname string) bool {
	stem, version, ok := strings.Cut(soname, ".so")
	if !ok {
		return false
	}
	switch stem {
	case "libc":
		return version == "" || version == ".6" || version == ".6.1"
	case "libm":
		return version == ".6" || version == ".6.1"
	case "libmvec", "libthread_db", "libnsl", "ld":
		return version == ".1"
	case "libpthread", "libdl", "librt", "libutil", "libresolv", "libanl", "libBrokenLocale", "ld64":
		return isSoVersion(version)
	}
	switch {
	case strings.HasPrefix(stem, "libnss_"):
		return isSoVersion(version) && stem != "libnss_" && strings.Trim(stem[len("libnss_"):], "abcdefghijklmnopqrstuvwxyz") == ""
	case strings.HasPrefix(stem, "ld-linux"):
		const rest = "-abcdefghijklmnopqrstuvwxyz0123456789_."
		return isSoVersion(version) && strings.Trim(stem[len("ld-linux"):], rest) == ""
	}
	for _, musl := range []string{"ld-musl-", "libc.musl-"} {
		if machine, ok := strings.CutPrefix(stem, musl); ok {
			return version == ".1" && machine != "" && strings.Trim(machine, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
		}
	}
	return false
}

// isSoVersion reports whether what follows ".so" is one number.
func isSoVersion(version string) bool {
	number, ok := strings.CutPrefix(version, ".")
	return ok && isVersion(number)
}

// DriverDir is where NixOS links the graphics driver of the running kernel
// (nixpkgs: addDriverRunpath.driverLink).
const DriverDir = "/run/opengl-driver/lib"

// driverGlobs are libraries that only the driver of the machine can supply.
var driverGlobs = []string{
	"libcuda.so.1", "libcuda.so", "libnvidia-*.so*", "libnvcuvid.so*", "libnvoptix.so*",
	"libcudadebugger.so.1", "libGLX_nvidia.so*", "libEGL_nvidia.so*", "libGLESv*_nvidia.so*",
	"libamdcuda.so*",
	"libvulkan_*.so", // Mesa's, which Chromium opens before it shuts its sandbox
}

// IsDriver reports whether soname comes with the driver of the machine.
func IsDriver(soname string) bool {
	return slices.ContainsFunc(driverGlobs, func(glob string) bool {
		literal, _, _ := strings.Cut(glob, "*")
		ok := strings.HasPrefix(soname, literal) // which nearly no name has
		if ok {
			ok, _ = path.Match(glob, soname)
		}
		return ok
	})
}
