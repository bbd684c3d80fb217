package bill

import (
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// origin returns what the bills of a wheel say of a library of this name, if they are of
// one mind. auditwheel names the package that a library was taken from, not the library.
func (b *billing) origin(wheel int, name string) (origin foreign, found bool) {
	key := originKey(name)
	for _, s := range b.Wheels[wheel].SBOMs {
		for _, c := range s.Components {
			if originKey(c.Name) != key || c.Version == "" {
				continue
			}
			if found && origin.Version != c.Version {
				return foreign{}, false
			}
			origin, found = c, true
		}
	}
	return origin, found
}

// originKey makes names of a library and of its package comparable.
func originKey(name string) string {
	name = strings.ToLower(name)
	return strings.TrimSuffix(strings.TrimPrefix(name, "lib"), "-libs")
}

// auditwheelHash is what auditwheel and delvewheel's kin put into the name of a library:
// the beginning of its sha256.
var (
	auditwheelHash = lazyregexp.New(`-[0-9a-f]{8}\b`)
	libraryFile    = lazyregexp.New(`^(.+?)((?:\.[0-9]+)*)\.so((?:\.[0-9A-Za-z]+)*)$`)
	dottedVersion  = lazyregexp.New(`^[0-9]+(\.[0-9A-Za-z]+)+$`)
)

// libraryVersion returns the name of a library and the version in its file name, or "": one
// number alone is that of its ABI. The version of a file need not be that of a release
// (libxcb-shm.so.0.0.0 is of libxcb 1.13), so no component claims to be of it.
func libraryVersion(file string) (name, version string) {
	parts := libraryFile.FindStringSubmatch(auditwheelHash.ReplaceAllString(file, ""))
	if parts == nil || pyname.IsExtensionModule(file) {
		return file, ""
	}
	for _, v := range parts[2:] {
		if v = strings.TrimPrefix(v, "."); dottedVersion.MatchString(v) {
			version = v
		}
	}
	return parts[1], version
}
