// Local headers of a ZIP archive: APPNOTE.TXT 4.3.7. Some installers (uv) read an
// archive from its front by these, others (pip, installer) by the central
// directory; they must say the same.

package wheel

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

const localSize = 30

// maxNeeded is the latest version needed to extract that Python's zipfile takes
// (APPNOTE.TXT 4.4.3).
const maxNeeded = 63

// checkLocals reads every local header, checks it against the central directory,
// and proves that the members fill the archive from its first byte to the
// directory, without a gap and without an overlap: none ends after the next
// begins.
func checkLocals(file io.ReaderAt, size int64, members []Member, dirOffset int64) ([]*Fault, error) {
	order := make([]*Member, len(members))
	for i := range members {
		order[i] = &members[i]
	}
	slices.SortStableFunc(order, func(a, b *Member) int { return cmp.Compare(a.offset, b.offset) })
	var faults []*Fault
	var at int64
	r := &ahead{r: file, size: size}
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
			end = next
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
	r    io.ReaderAt
	size int64
	off  int64
	buf  []byte // what is at off
	mem  [8 << 10]byte
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

// A localHeader is what an archive says of a member before its contents.
type localHeader struct {
	name          string // raw
	flags, method uint16
	crc           uint32
	extra         extra // the sizes among them
	extraOK       bool
}

// localChecks are what is wrong with a local header or with a member that has
// it; the first that applies is the fault. A "{name}" stands for the name in the
// header, a "{method}" for the number of the compression method.
var localChecks = [...]struct {
	fault   string
	applies func(h *localHeader, m *Member) bool
}{
	{"its local header names another file: {name}", func(h *localHeader, m *Member) bool {
		return decodeName(h.name, m.flags) != m.Name // no two names are decoded to one
	}},
	{"its local header has another compression method", func(h *localHeader, m *Member) bool {
		return h.method != m.method
	}},
	{"its local header has other flags", func(h *localHeader, m *Member) bool {
		return (h.flags^m.flags)&(flagEncrypted|flagDescriptor|flagPatched|flagStrong|flagUTF8|flagMasked) != 0
	}},
	{"it is encrypted", func(_ *localHeader, m *Member) bool {
		return m.flags&(flagEncrypted|flagStrong|flagMasked) != 0
	}},
	{"it is compressed patched data, which readers refuse", func(_ *localHeader, m *Member) bool {
		return m.flags&flagPatched != 0
	}},
	{"it needs a later version of ZIP than 6.3, the last that readers know", func(_ *localHeader, m *Member) bool {
		return m.needed > maxNeeded
	}},
	{"it is compressed by method {method}; wheels have stored and deflated members only", func(_ *localHeader, m *Member) bool {
		return m.method != methodStore && m.method != methodDeflate
	}},
	{"it is stored, yet its two sizes differ", func(_ *localHeader, m *Member) bool {
		return m.method == methodStore && m.packed != m.Size
	}},
	{"a directory with contents", func(_ *localHeader, m *Member) bool {
		return m.IsDir() && m.Size != 0
	}},
	{"its local header has an extra field that makes no sense", func(h *localHeader, _ *Member) bool {
		return !h.extraOK
	}},
	{"its local header has a second name in an extra field", func(h *localHeader, m *Member) bool {
		return h.extra.otherName != "" && h.extra.otherName != m.Name
	}},
	{"its local header has another size or checksum", func(h *localHeader, m *Member) bool {
		repeated := h.crc == m.crc && h.extra.packed == m.packed && h.extra.size == m.Size
		left := h.crc == 0 && h.extra.packed == 0 && h.extra.size == 0 // to the data descriptor
		return !repeated && !(left && m.flags&flagDescriptor != 0)
	}},
}

// readLocal returns the offset of the first byte after the member, its data
// descriptor included, and sets where its contents begin.
func readLocal(r *ahead, m *Member, next int64) (end int64, fault string, err error) {
	h, fault, err := readLocalHeader(r, m, next)
	if fault != "" || err != nil {
		return 0, fault, err
	}
	for _, check := range localChecks {
		if check.applies(&h, m) {
			name, method := words.Quote(decodeName(h.name, h.flags)), strconv.Itoa(int(m.method))
			return 0, strings.NewReplacer("{name}", name, "{method}", method).Replace(check.fault), nil
		}
	}
	if end = m.data + m.packed; m.flags&flagDescriptor == 0 {
		return end, "", nil
	}
	return readDescriptor(r, m, end, next)
}

// readLocalHeader reads the header of a member that ends before next.
func readLocalHeader(r *ahead, m *Member, next int64) (h localHeader, fault string, err error) {
	var b [localSize]byte
	if _, err := r.ReadAt(b[:], m.offset); err != nil {
		return h, "its local header lies outside the archive", readError(err)
	}
	if string(b[:4]) != localSig {
		return h, `its local header has no PK\x03\x04 signature`, nil
	}
	nameSize := int(le.Uint16(b[26:]))
	length := nameSize + int(le.Uint16(b[28:]))
	m.data = m.offset + localSize + int64(length)
	switch {
	case m.data > r.size:
		return h, "its local header is cut short", nil
	case m.data > next || m.packed > next-m.data:
		// It is not read, for it would be so for each of many at one place.
		return h, "it overlaps what comes after it", nil
	}
	variable := make([]byte, length)
	if _, err := r.ReadAt(variable, m.offset+localSize); err != nil {
		return h, "its local header is cut short", readError(err)
	}
	h = localHeader{
		name:   string(variable[:nameSize]),
		flags:  le.Uint16(b[6:]),
		method: le.Uint16(b[8:]),
		crc:    le.Uint32(b[14:]),
	}
	packed, size := int64(le.Uint32(b[18:])), int64(le.Uint32(b[22:]))
	h.extra, h.extraOK = readExtra(variable[nameSize:], size, packed, 0)
	return h, "", nil
}

// readError drops the end of the file, which is a fault and not an error.
func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
