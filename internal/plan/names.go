package plan

// This file knows libraries by name: what belongs to the C library and what
// the graphics driver supplies at run time.

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// libcNames are the libraries that glibc installs beside its loader, and the
// names under which musl's loader is its own C library. They are never put on
// a run path: another glibc than the loader's crashes.
var libcNames = regexp.MustCompile(`^(` + strings.Join([]string{
	`ld-linux[-a-z0-9_.]*\.so\.\d+`, `ld64\.so\.\d+`, `ld-musl-[a-z0-9_]+\.so\.1`, `ld\.so\.1`,
	`libc\.so\.6(\.1)?`, `libm\.so\.6(\.1)?`, `libpthread\.so\.\d+`, `libdl\.so\.\d+`, `librt\.so\.\d+`,
	`libutil\.so\.\d+`, `libresolv\.so\.\d+`, `libanl\.so\.\d+`, `libmvec\.so\.1`,
	`libthread_db\.so\.1`, `libBrokenLocale\.so\.\d+`, `libnss_[a-z]+\.so\.\d+`, `libnsl\.so\.1`,
	`libc\.musl-[a-z0-9_]+\.so\.1`, `libc\.so`,
}, "|") + `)$`)

// isLibcName tells whether soname belongs to the C library itself.
func IsLibcName(soname string) bool { return libcNames.MatchString(soname) }

// DriverDir is where NixOS links the graphics driver of the running kernel
// (nixpkgs: addDriverRunpath.driverLink).
const DriverDir = "/run/opengl-driver/lib"

// driverNames are libraries that only the driver of the machine can supply.
var driverNames = []string{
	"libcuda.so.1", "libcuda.so", "libnvidia-*.so*", "libnvcuvid.so*", "libnvoptix.so*",
	"libcudadebugger.so.1", "libGLX_nvidia.so*", "libEGL_nvidia.so*", "libGLESv*_nvidia.so*",
	"libamdcuda.so*",
}

// isDriverName tells whether soname comes with the driver of the machine.
func isDriverName(soname string) bool {
	return slices.ContainsFunc(driverNames, func(glob string) bool {
		ok, _ := path.Match(glob, soname)
		return ok
	})
}

// extensionModule matches the file names that Python imports by (PEP 3149 and
// the stable ABI); a bare name.so counts only outside library directories and
// is left to the caller.
var extensionModule = regexp.MustCompile(`\.(cpython-[0-9a-z]+[-a-z0-9_]*|abi3|abi3t|pypy[0-9]+-[-a-z0-9_]+)\.so$`)

// isExtensionModule tells whether Python imports the file by its name.
func isExtensionModule(file string) bool { return extensionModule.MatchString(file) }
