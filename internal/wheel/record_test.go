package wheel_test

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// Rule: the digest and the size of a row are decoded once, when the row is made:
// to ask for them allocates nothing, as decoding does, be they good or false.
func TestRowIsDecodedOnce(t *testing.T) {
	r, _ := wheel.ParseRecord("a," + record.Hash("x") + ",1\nb,sha256=false,ten\nc,,\n")
	edited := r.Rows[2].With(r.Rows[0].Digest(), 1)
	for _, row := range append(r.Rows, edited) {
		if n := testing.AllocsPerRun(10, func() { _, _ = row.Digest(), row.ByteSize() }); n != 0 {
			t.Errorf("%s: %v allocations", row.Path, n)
		}
	}
	for _, row := range []wheel.Row{r.Rows[0], edited} {
		if row.Digest().String() != record.Hash("x") || row.ByteSize() != 1 {
			t.Errorf("%+v", row)
		}
	}
}
