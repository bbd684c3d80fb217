package explain

import (
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/bill"
)

// Rule: the bill of materials has every wheel and object, with what each needs inside and
// outside.
func TestBillHasWhatTheModelHas(t *testing.T) {
	m := sampleModels()["many"]
	c := m.Bill()
	if len(c.Wheels) != len(m.wheels) || len(c.Objects) != len(m.objects) {
		t.Fatalf("%d wheels, %d objects", len(c.Wheels), len(c.Objects))
	}
	core := c.Objects[slices.IndexFunc(c.Objects, func(o bill.Object) bool { return o.Path == "pkg/core.abi3.so" })]
	if len(core.Needs) != 1 || c.Objects[core.Needs[0]].Path != "pkg.libs/libone-1234.so.1" || strings.Join(core.Outside, " ") != "libGL.so.1 libc.so.6" {
		t.Errorf("%+v", core)
	}
	if w := c.Wheels[0]; w.Name != "Pkg" || w.SHA256 != m.wheels[0].SHA256 || !w.Archive {
		t.Errorf("%+v", w)
	}
}
