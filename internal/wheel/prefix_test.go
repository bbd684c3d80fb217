package wheel_test

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// Rule: the beginning of a member is found however many blocks without contents
// come before it; a stream that ends before it is a fault.
func TestPrefixBehindEmptyBlocks(t *testing.T) {
	const contents = "\x7fELF and more"
	empty := strings.Repeat("\x00\x00\x00\xff\xff", 1000)
	last := "\x01" + string(rune(len(contents))) + "\x00" + string([]byte{^byte(len(contents)), 0xff}) + contents
	for _, stream := range []string{last, empty + last, empty} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		m, err := z.CreateRaw(&zip.FileHeader{
			Name: "demo/x", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE([]byte(contents)),
			CompressedSize64: uint64(len(stream)), UncompressedSize64: uint64(len(contents)),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = m.Write([]byte(stream))
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		a, err := wheel.NewArchive(bytes.NewReader(b.Bytes()), int64(b.Len()), "demo-1.0-py3-none-any.whl")
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.Prefix(&a.Members[0], 4)
		if whole := strings.HasSuffix(stream, contents); whole != (err == nil) || whole && string(got) != contents[:4] {
			t.Errorf("stream of %d bytes: %q, %v", len(stream), got, err)
		}
	}
}
