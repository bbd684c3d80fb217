package providers

import (
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
)

// libcNames are the libraries that glibc installs beside its loader, and the names
// of musl, which is its own loader. No RUNPATH is written for them: a program
// crashes with another glibc than its loader's.
var libcNames = lazyregexp.New(`^(` + strings.Join([]string{
	`ld-linux[-a-z0-9_.]*\.so\.\d+`, `ld64\.so\.\d+`, `ld-musl-[a-z0-9_]+\.so\.1`, `ld\.so\.1`,
	`libc\.so\.6(\.1)?`, `libm\.so\.6(\.1)?`, `libpthread\.so\.\d+`, `libdl\.so\.\d+`, `librt\.so\.\d+`,
	`libutil\.so\.\d+`, `libresolv\.so\.\d+`, `libanl\.so\.\d+`, `libmvec\.so\.1`,
	`libthread_db\.so\.1`, `libBrokenLocale\.so\.\d+`, `libnss_[a-z]+\.so\.\d+`, `libnsl\.so\.1`,
	`libc\.musl-[a-z0-9_]+\.so\.1`, `libc\.so`,
}, "|") + `)$`)

// IsLibc reports whether a soname is of the C library, which comes with the
// interpreter: of glibc, of its loaders, or of musl.
func IsLibc(soname string) bool { return libcNames.MatchString(soname) }

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
