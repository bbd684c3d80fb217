package wheel_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// Rule: a name without the flag for UTF-8 is in code page 437, where each byte is
// a letter of its own, so that two names are never decoded to one.
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
	// As Python decodes them.
	known := map[byte]string{0x80: "Ç", 0x9f: "ƒ", 0xb0: "░", 0xe1: "ß", 0xfe: "■", 0xff: "\u00a0"}
	seen := map[string]bool{}
	for i, m := range a.Members {
		c := byte(0x80 + i)
		if want, ok := known[c]; seen[m.Name] || !m.Readable() || ok && m.Name != "demo/"+want {
			t.Errorf("%#x is %q", c, m.Name)
		}
		seen[m.Name] = true
	}
	if len(seen) != 128 {
		t.Errorf("%d names", len(seen))
	}
}
