package apply

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Rule: of a file that may not be replaced it is said that patchelf had no part in it.
func TestWhatMayNotBeReplaced(t *testing.T) {
	e := &edit{object: &plan.Object{Object: tree.Object{Path: "pkg/x.so"}}}
	for _, why := range []error{syscall.EPERM, syscall.EACCES} {
		p := new(writer).editProblem(e, fmt.Errorf("x: %w", &fs.PathError{Op: "chmod", Path: "/tree/pkg", Err: why}))
		if !strings.Contains(p.Message, "patchelf was not called") || !strings.Contains(p.Hint, "copy the tree") || p.ByHand != p.Hint {
			t.Errorf("%v: %+v", why, p)
		}
	}
	if p := new(writer).editProblem(e, syscall.EIO); strings.Contains(p.Message, "was not called") {
		t.Errorf("%+v", p)
	}
}
