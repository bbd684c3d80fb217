// Local headers and data descriptors of a ZIP archive: APPNOTE.TXT 4.3.7 and
// 4.3.9. Some installers (uv) read an archive from its front by these, others
// (pip, installer) by the central directory; they must say the same.

package wheel

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
)

const localSize = 30

// checkLocals reads every local header, holds it to the central directory, and
// proves that the members fill the archive from its first byte to the
// directory, without a gap and without an overlap: none ends after the next
// begins.
func checkLocals(r io.ReaderAt, members []Member, dirOffset int64) ([]*Fault, error) {
	order := make([]*Member, len(members))
	for i := range members {
		order[i] = &members[i]
	}
	slices.SortStableFunc(order, func(a, b *Member) int { return cmp.Compare(a.offset, b.offset) })
	var faults []*Fault
	var at int64
	r = &ahead{r: r}
	for i, m := range order {
		next := dirOffset
		if i+1 < len(order) {
			next = order[i+1].offset
		}
		bad := func(msg string) {
			faults = append(faults, &Fault{Kind: Damaged, Path: m.Name, Msg: msg})
		}
		if m.offset > at {
			bad(strconv.FormatInt(m.offset-at, 10) + " bytes before it belong to no member")
		}
		end, fault, err := readLocal(r, m, next)
		if err != nil {
			return nil, err
		}
		if fault != "" {
			bad(fault)
			m.data = 0 // not to be opened
			at = max(at, next)
			continue
		}
		at = max(at, end)
	}
	if len(faults) == 0 && at != dirOffset {
		faults = append(faults, damaged("%d bytes before the central directory belong to no member", dirOffset-at))
	}
	return faults, nil
}

// An ahead serves several small reads, each after the last, by one.
type ahead struct {
	r   io.ReaderAt
	off int64
	buf []byte // what is at off
	mem [8 << 10]byte
}

// ReadAt implements io.ReaderAt.
func (a *ahead) ReadAt(p []byte, off int64) (int, error) {
	if len(p) > len(a.mem) {
		return a.r.ReadAt(p, off)
	}
	if at := off - a.off; at >= 0 && at <= int64(len(a.buf)-len(p)) {
		return copy(p, a.buf[at:]), nil
	}
	n, err := a.r.ReadAt(a.mem[:], off)
	if a.off, a.buf = off, a.mem[:n]; n >= len(p) {
		err = nil
	}
	return copy(p, a.buf), err
}

// readLocal gives the offset of the first byte after the member, its data
// descriptor included.
func readLocal(r io.ReaderAt, m *Member, next int64) (end int64, fault string, err error) {
	var h [localSize]byte
	if _, err := r.ReadAt(h[:], m.offset); err != nil {
		return 0, "its local header lies outside the archive", readError(err)
	}
	if string(h[:4]) != localSig {
		return 0, "its local header is no such thing", nil
	}
	variable := make([]byte, int(le.Uint16(h[26:]))+int(le.Uint16(h[28:])))
	if _, err := r.ReadAt(variable, m.offset+localSize); err != nil {
		return 0, "its local header is cut short", readError(err)
	}
	name := string(variable[:le.Uint16(h[26:])])
	data := m.offset + localSize + int64(len(variable))
	if data > next || m.packed > next-data {
		return 0, "it overlaps what comes after it", nil
	}
	m.data = data
	flags, method := le.Uint16(h[6:]), le.Uint16(h[8:])
	const compared = flagEncrypted | flagDescriptor | flagStrong | flagUTF8 | flagMasked
	switch {
	case decodeName(name, m.flags) != m.Name: // no two names are decoded to one
		return 0, "its local header names another file: " + Quote(decodeName(name, flags)), nil
	case method != m.method:
		return 0, "its local header has another compression method", nil
	case (flags^m.flags)&compared != 0:
		return 0, "its local header has other flags", nil
	case m.flags&(flagEncrypted|flagStrong|flagMasked) != 0:
		return 0, "it is encrypted", nil
	case m.method != methodStore && m.method != methodDeflate:
		return 0, "it is compressed by method " + strconv.Itoa(int(m.method)) + "; wheels have stored and deflated members only", nil
	case m.method == methodStore && m.packed != m.Size:
		return 0, "it is stored, yet its two sizes differ", nil
	case m.IsDir() && m.Size != 0:
		return 0, "a directory with contents", nil
	}
	crc, packed, size := le.Uint32(h[14:]), int64(le.Uint32(h[18:])), int64(le.Uint32(h[22:]))
	x, ok := readExtra(variable[len(name):], size, packed, 0)
	if !ok {
		return 0, "its local header has an extra field that makes no sense", nil
	}
	if x.otherName != "" && x.otherName != m.Name {
		return 0, "its local header has a second name in an extra field", nil
	}
	same := crc == m.crc && x.packed == m.packed && x.size == m.Size
	if m.flags&flagDescriptor == 0 {
		if !same {
			return 0, "its local header has another size or checksum", nil
		}
		return data + m.packed, "", nil
	}
	if !same && (crc != 0 || x.packed != 0 || x.size != 0) {
		return 0, "its local header has another size or checksum", nil
	}
	return readDescriptor(r, m, next)
}

// readDescriptor finds which of the four forms of data descriptor repeats what
// the central directory says; of several that do, the one that ends at next.
func readDescriptor(r io.ReaderAt, m *Member, next int64) (end int64, fault string, err error) {
	at := m.data + m.packed
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

// readError drops the end of the file, which is a fault and not an error.
func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
