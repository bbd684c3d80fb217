package wheel_test

import (
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// Rule: the digest and the size of a row are decoded once, when the row is made.
// Decoding allocates, so asking for them must not.
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

// Rule: a digest has no line break in it, though a decoder of base64 may pass
// over them.
func TestDigestWithoutLineBreak(t *testing.T) {
	const name, sum = "sha256=", "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE"
	for _, hash := range []string{
		name + sum + "\n", name + "\n" + sum, name + sum[:20] + "\n" + sum[20:],
		name + sum + "\r", name + sum[:20] + "\r\n" + sum[20:],
		name + sum[:42] + "\n", name + sum[:41] + "\r\n",
	} {
		r, faults := wheel.ParseRecord(`x,"` + hash + `",1`)
		if len(faults) != 1 || faults[0].Kind != wheel.BadRecord || r.Rows[0].Digest() != (wheel.Digest{}) {
			t.Errorf("%q: %v, %v", hash, faults, r.Rows[0].Digest())
		}
	}
	if _, faults := wheel.ParseRecord(`x,"` + name + sum + `",1`); faults != nil {
		t.Error(faults)
	}
}

// Rule: a digest in padded base64 is taken and marked; other padding is not.
func TestPaddedDigest(t *testing.T) {
	for text, padded := range map[string]bool{
		"sha256=LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE=": true,
		"sha384=" + strings.Repeat("A", 64):                   false,
		"sha512=" + strings.Repeat("A", 86) + "==":            true,
		"sha512=" + strings.Repeat("A", 86):                   false,
	} {
		r, faults := wheel.ParseRecord("x," + text + ",1\n")
		if d := r.Rows[0].Digest(); len(faults) > 0 || d.Padded != padded || d.Alg == "" {
			t.Errorf("%q: %v %+v", text, faults, d)
		} else if without := strings.TrimRight(text, "="); !d.Hex && d.String() != without {
			t.Errorf("%q is written %q", text, d)
		}
	}
	for _, bad := range []string{
		"sha256=LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE==", "sha256=LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIF=",
		"sha256=LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=", "sha256=LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE=\n",
		"sha384=" + strings.Repeat("A", 64) + "=", "sha512=" + strings.Repeat("A", 86) + "=", "sha256=" + strings.Repeat("0", 64) + "=", "sha256==",
	} {
		if _, faults := wheel.ParseRecord(`x,"` + bad + `",1`); len(faults) != 1 || faults[0].Kind != wheel.BadRecord {
			t.Errorf("%q: %v", bad, faults)
		}
	}
}
