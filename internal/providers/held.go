package providers

import (
	"slices"
	"strings"
)

// held are names that objects hold without opening them, each with what tells such an
// object: another name in its data, or its own. Found by reading the code around each name
// that some 450 objects of 270 wheels hold.
var held = []struct {
	name   string // "*" stands for all names without a number
	beside string // a name that the object holds too, or "": any object
	of     string // DT_SONAME of the object, or "": any
}{
	// UCX compares it with the names of what is loaded; nothing has it without a number.
	{name: "libnvidia-fatbinaryloader.so"},
	// clang's driver, also within libclang and compilers at run time, hands these to a
	// linker, to opt, or looks whether a folder has them: libc++.so, libamdhip64.so. It
	// alone knows this one.
	{name: "*", beside: "libLLVMHipSpvPasses.so"},
	// The dispatcher of oneVPL passes over files of these names, its own, in folders that
	// it searches.
	{name: "libmfx.so", beside: "libmfx-gen.so.1.2"},
	{name: "libvpl.so", beside: "libmfx-gen.so.1.2"},
	// NSPR is asked where that library lies, which has called.
	{name: "libsoftokn3.so", of: "libnssdbm3.so"},
}

// OnlyHeld reports whether an object, of this soname and with these names in its data, is
// known to hold one of them for something else than to open it.
func OnlyHeld(name, soname string, names []string) bool {
	for _, h := range held {
		is := h.name == name || h.name == "*" && strings.HasSuffix(name, ".so")
		if is && (h.beside == "" || slices.Contains(names, h.beside)) && (h.of == "" || h.of == soname) {
			return true
		}
	}
	return false
}
