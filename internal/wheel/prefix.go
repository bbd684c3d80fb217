// Reading the beginning of a member: an inflater (RFC 1951) needs only the first
// bytes of a stream for the first bytes of its contents.

package wheel

import "io"

// prefixPacked has room for the description of a block's Huffman codes (RFC 1951, 3.2.7),
// which generally takes about a hundred bytes, and some symbols after it.
const prefixPacked = 256

// Prefix returns the first n bytes of a member's contents, or all of a shorter one.
// It reads little more of the archive than that takes, and checks nothing of what
// follows. The error is a *Fault where the stream is damaged before n bytes.
func (a *Archive) Prefix(m *Member, n int) ([]byte, error) {
	p := make([]byte, min(int64(n), m.Size))
	limit := min(m.packed, int64(n)+prefixPacked)
	got, err := a.prefix(m, p, limit)
	if got < len(p) && limit < m.packed {
		// A longer description, or blocks without contents before the first byte.
		got, err = a.prefix(m, p, m.packed)
	}
	if got < len(p) {
		return nil, err
	}
	return p, nil
}

func (a *Archive) prefix(m *Member, p []byte, packed int64) (int, error) {
	r, err := a.open(m, packed)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	n, err := io.ReadFull(r.out, p)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = r.fault("its contents end before the size that the archive declares")
	} else if err != nil {
		err = r.streamError(err)
	}
	return n, err
}
