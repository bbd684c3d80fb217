package pyname

import "testing"

// Rule: a module is known by its tag wherever it lies; a bare name is one where
// an import statement can spell it.
func TestIsExtensionModule(t *testing.T) {
	for file, want := range map[string]bool{
		"cv2/cv2.abi3.so": true,
		"cv2/libcv2.cpython-313t-x86_64-linux-gnu.so": true,
		"x.abi3t.so": true,
		"pkg.libs/x.pypy311-pp73-x86_64-linux-gnu.so": true,
		"x.graalpy242-311-native-x86_64-linux.so":     true,
		"_native.so":                             true,
		"pkg/_native.so":                         true,
		"lib/python3.12/site-packages/pkg/_x.so": true,
		"/nix/store/x-y/lib/python3.12/site-packages/_x.so": true,
		"lib/python3.12/site-packages/p.libs/x.so":          false,
		"pkg/plug-ins/x.so":                                 false,
		"pkg/libx.so":                                       false,
		"pkg/x-1.so":                                        false,
		"pkg/x.so.1":                                        false,
		"pkg/1x.so":                                         false,
		"pkg/x.cpython.so":                                  false,
		"pkg/x.so/":                                         false,
		"":                                                  false,
	} {
		if got := IsExtensionModule(file); got != want {
			t.Errorf("%q: %v", file, got)
		}
	}
}
