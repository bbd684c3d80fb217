// Extra fields of a ZIP member: APPNOTE.TXT 4.5.3 (ZIP64) and 4.6.9 (Unicode
// path).

package wheel

const (
	extraZip64       = 0x0001
	extraUnicodePath = 0x7075
)

// An extra is what the extra fields change.
type extra struct {
	size, packed, offset int64
	otherName            string
}

// readExtra returns the values with those replaced that are too large for their 32
// bits. It reports false for a field that makes no sense, such as one that is there
// twice: readers would differ in which they take.
func readExtra(b []byte, size, packed, offset int64) (extra, bool) {
	x := extra{size: size, packed: packed, offset: offset}
	seen64 := false
	for len(b) >= 4 {
		id, n := le.Uint16(b), int(le.Uint16(b[2:]))
		if b = b[4:]; n > len(b) {
			return x, false
		}
		field := b[:n]
		b = b[n:]
		switch id {
		case extraZip64:
			if seen64 || !x.read64(field) {
				return x, false
			}
			seen64 = true
		case extraUnicodePath:
			if n < 5 || x.otherName != "" {
				return x, false
			}
			x.otherName = string(field[5:])
		}
	}
	// Up to three bytes of padding are common (zipalign), more are a field.
	return x, x.size >= 0 && x.packed >= 0 && x.offset >= 0 && (seen64 || !x.saturated())
}

func (x *extra) saturated() bool {
	const full = 1<<32 - 1
	return x.size == full || x.packed == full || x.offset == full
}

// read64 takes one value for each that is saturated, in this order.
func (x *extra) read64(field []byte) bool {
	for _, v := range []*int64{&x.size, &x.packed, &x.offset} {
		if *v != 1<<32-1 {
			continue
		}
		if len(field) < 8 {
			return false
		}
		u := le.Uint64(field)
		if u > 1<<62 {
			return false
		}
		*v = int64(u)
		field = field[8:]
	}
	return true
}
