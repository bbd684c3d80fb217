package providers

import "testing"

// Rule: a name is only held where the object is one that is known to hold it; the same name
// in another object is opened.
func TestOnlyHeld(t *testing.T) {
	for _, c := range []struct {
		name, soname string
		names        []string
		want         bool
	}{
		{"libnvidia-fatbinaryloader.so", "libucm.so.0", nil, true},
		{"libnvidia-fatbinaryloader.so.460.1", "libucm.so.0", nil, false},
		{"libLLVMHipSpvPasses.so", "libclang.so", []string{"libLLVMHipSpvPasses.so"}, true},
		{"libc++.so", "libclang.so", []string{"libLLVMHipSpvPasses.so", "libc++.so"}, true},
		{"libc++.so", "libclang.so", []string{"libc++.so"}, false},
		{"libssl.so.3", "libclang.so", []string{"libLLVMHipSpvPasses.so", "libssl.so.3"}, false},
		{"libmfx.so", "libvpl.so.2", []string{"libmfx.so", "libmfx-gen.so.1.2"}, true},
		{"libmfx.so", "libav.so.2", []string{"libmfx.so"}, false},
		{"libmfx-gen.so.1.2", "libvpl.so.2", []string{"libmfx.so", "libmfx-gen.so.1.2"}, false},
		{"libsoftokn3.so", "libnssdbm3.so", nil, true},
		{"libsoftokn3.so", "libnss3.so", nil, false},
		{"libEGL.so.1", "libglfw.so", []string{"libEGL.so.1"}, false},
	} {
		if got := OnlyHeld(c.name, c.soname, c.names); got != c.want {
			t.Errorf("%s in %s beside %q: %v", c.name, c.soname, c.names, got)
		}
	}
}
