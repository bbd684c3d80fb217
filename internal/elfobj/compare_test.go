package elfobj_test

import (
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/written"
)

// Rule: an edit may change the interpreter and the run path, and nothing else.
func TestSameDynamic(t *testing.T) {
	after := written.Sample()
	after.Interp, after.Runpath, after.Rpath = "/nix/store/x/ld.so", []string{"/x"}, nil
	if err := elfobj.SameDynamic(written.Sample(), after); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*elfobj.Object){
		"DT_NEEDED":                    func(o *elfobj.Object) { o.Needed = o.Needed[1:] },
		"DT_FILTER":                    func(o *elfobj.Object) { o.Filters = nil },
		"DT_AUDIT":                     func(o *elfobj.Object) { o.Audit = nil },
		"DT_SONAME":                    func(o *elfobj.Object) { o.Soname = "y" },
		"the symbol versions wanted":   func(o *elfobj.Object) { o.Verneed = nil },
		"the symbol versions defined":  func(o *elfobj.Object) { o.Verdef = o.Verdef[:1] },
		"PT_GNU_STACK":                 func(o *elfobj.Object) { o.ExecStack = false },
		"DT_FLAGS_1 changed from true": func(o *elfobj.Object) { o.NoDefLib = false },
	} {
		o := written.Sample()
		change(o)
		if err := elfobj.SameDynamic(written.Sample(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one on %q", err, want)
		}
	}
}
