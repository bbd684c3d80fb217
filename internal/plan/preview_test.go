package plan

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// Rule: a wheel is looked at for another machine than this one: of this machine's
// default directories only the C library counts.
func TestPreviewHidesTheMachinesLibraries(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{planGlibc + "/libz.so.1": object(), "/nix/store/z/lib/libz.so.1": object()})
	files := libcOnly{w, []string{planGlibc}}
	for path, shown := range map[string]bool{
		planGlibc + "/libc.so.6":        true,
		planGlibc + "/libz.so.1":        false,
		planGlibc + "/../lib/libz.so.1": false,
		"/nix/store/z/lib/libz.so.1":    true,
	} {
		_, err := files.Open(path)
		if shown && err != nil || !shown && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: shown %v: %v", path, shown, err)
		}
	}
}
