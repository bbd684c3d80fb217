// Data descriptors of a ZIP archive: APPNOTE.TXT 4.3.9.

package wheel

import (
	"errors"
	"io"
)

// readDescriptor returns the offset of the first byte after the data descriptor
// that begins at at. It has one of four forms, with a signature or without and
// with sizes of 4 or 8 bytes; the one counts that repeats what the central
// directory says, and of several that do the one that ends at next.
func readDescriptor(r io.ReaderAt, m *Member, at, next int64) (end int64, fault string, err error) {
	var b [24]byte
	n, err := r.ReadAt(b[:min(int64(len(b)), next-at)], at)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, "", err
	}
	for _, sig := range []int{4, 0} {
		for _, width := range []int{4, 8} {
			size := sig + 4 + 2*width
			if size > n || sig > 0 && string(b[:4]) != descriptorSig || le.Uint32(b[sig:]) != m.crc {
				continue
			}
			d := b[sig+4:]
			packed, whole := uint64(le.Uint32(d)), uint64(le.Uint32(d[4:]))
			if width == 8 {
				packed, whole = le.Uint64(d), le.Uint64(d[8:])
			}
			if packed != uint64(m.packed) || whole != uint64(m.Size) {
				continue
			}
			if end == 0 || at+int64(size) == next {
				end = at + int64(size)
			}
		}
	}
	if end == 0 {
		return 0, "its data descriptor has another size or checksum", nil
	}
	return end, "", nil
}
