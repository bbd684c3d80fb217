package wheel_test

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// Rule: bytes after the end of a deflate stream are a fault, however many there
// are and wherever the stream ends in the 32 KiB that are read at once.
func TestBytesAfterDeflateStream(t *testing.T) {
	for _, length := range []int{100, 32<<10 - 1, 32 << 10, 32<<10 + 1} {
		for _, after := range []int{0, 1, 32 << 10, 100 << 10} {
			contents := strings.Repeat("x", length-5)
			// One block that is not compressed (RFC 1951, 3.2.4), the last.
			block := binary.LittleEndian.AppendUint16([]byte{1}, uint16(len(contents)))
			block = binary.LittleEndian.AppendUint16(block, ^uint16(len(contents)))
			w := record.Good()
			*w.Member("demo/data.txt") = record.Member{
				Name: "demo/data.txt", Stored: true, Method: 8,
				Data:     string(block) + contents,
				Padding:  make([]byte, after),
				Declared: func(uint32) uint32 { return uint32(len(contents)) },
				CRC:      func(uint32) uint32 { return crc32.ChecksumIEEE([]byte(contents)) },
			}
			a := open(t, w)
			r, err := a.Open(a.Lookup("demo/data.txt"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.Copy(io.Discard, r)
			fault := (*wheel.Fault)(nil)
			if errors.As(err, &fault) != (after > 0) || fault != nil && fault.Msg != "bytes after the end of its compressed contents" {
				t.Errorf("%d bytes after a stream of %d: %v", after, length, err)
			}
			r.Close()
		}
	}
}
