package wheel_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// Rule: a name without the flag for UTF-8 is in code page 437, where each byte is
// a letter of its own.
func TestNamesInCodePage437(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for c := 0x80; c <= 0xff; c++ {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: "demo/" + string([]byte{byte(c)}), NonUTF8: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := wheel.NewArchive(bytes.NewReader(b.Bytes()), int64(b.Len()), "demo-1.0-py3-none-any.whl")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, m := range a.Members {
		want := "demo/" + string(charmap.CodePage437.DecodeByte(byte(0x80+i)))
		if m.Name != want || seen[want] || !m.Readable() {
			t.Errorf("%#x is %q, want %q", 0x80+i, m.Name, want)
		}
		seen[want] = true
	}
	if len(seen) != 128 {
		t.Errorf("%d names", len(seen))
	}
}
