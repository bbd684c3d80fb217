package wheel_test

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// Rule: a member whose local header is not what the central directory says, or
// which is of a kind that wheels do not have, has a fault that says how; one
// that the standard allows has none.
func TestLocalHeaderFaults(t *testing.T) {
	local := func(at int, xor byte) func(m *record.Member) {
		return func(m *record.Member) { m.Local = func(h []byte) { h[at] ^= xor } }
	}
	flags := func(bits uint16) func(m *record.Member) {
		return func(m *record.Member) { m.Flags = bits }
	}
	// An extra field of APPNOTE 4.6.9, the Unicode path.
	otherName := func(name string) []byte {
		return append([]byte{0x75, 0x70, byte(5 + len(name)), 0, 1, 0, 0, 0, 0}, name...)
	}
	const size = "its local header has another size or checksum"
	for name, c := range map[string]struct {
		want string
		edit func(m *record.Member)
	}{
		"nothing":            {"", func(*record.Member) {}},
		"stored":             {"", func(m *record.Member) { m.Stored = true }},
		"a descriptor":       {"", func(m *record.Member) { m.Descriptor = true }},
		"the same name":      {"", func(m *record.Member) { m.LocalExtra = otherName(m.Name) }},
		"a flag of no count": {"", local(6, 1<<1)},
		"a descriptor that repeats the header": {"", func(m *record.Member) {
			good := record.Member{Name: m.Name, Data: m.Data}
			header := record.Zip([]record.Member{good}, record.End{})[:30]
			m.Descriptor = true
			m.Local = func(h []byte) { copy(h[14:26], header[14:26]) }
		}},
		"no signature":    {`its local header has no PK\x03\x04 signature`, local(0, 1)},
		"past the end":    {"its local header lies outside the archive", func(m *record.Member) { m.Central = func(h []byte) { h[44] = 1 } }},
		"cut short":       {"its local header is cut short", local(29, 0x80)},
		"overlap":         {"it overlaps what comes after it", local(28, 0xff)},
		"another name":    {"its local header names another file: demo/data.TXT", func(m *record.Member) { m.LocalName = "demo/data.TXT" }},
		"a longer name":   {`its local header names another file: "demo/data.txt "`, func(m *record.Member) { m.LocalName = m.Name + " " }},
		"another method":  {"its local header has another compression method", local(8, 8)},
		"other flags":     {"its local header has other flags", local(7, 1<<3)},
		"encrypted":       {"it is encrypted", flags(1)},
		"strongly so":     {"it is encrypted", flags(1 << 6)},
		"masked headers":  {"it is encrypted", flags(1 << 13)},
		"method 12":       {"it is compressed by method 12; wheels have stored and deflated members only", func(m *record.Member) { m.Method = 12 }},
		"two sizes":       {"it is stored, yet its two sizes differ", func(m *record.Member) { m.Stored = true; m.Declared = func(n uint32) uint32 { return n + 1 } }},
		"no extra field":  {"its local header has an extra field that makes no sense", func(m *record.Member) { m.LocalExtra = []byte{1, 0, 8, 0} }},
		"a second name":   {"its local header has a second name in an extra field", func(m *record.Member) { m.LocalExtra = otherName("evil.py") }},
		"checksum":        {size, local(14, 1)},
		"packed size":     {size, local(18, 1)},
		"size":            {size, local(22, 1)},
		"no descriptor":   {size, func(m *record.Member) { m.Local = func(h []byte) { clear(h[14:26]) } }},
		"descriptor, crc": {size, func(m *record.Member) { m.Descriptor = true; m.Local = func(h []byte) { h[14] = 1 } }},
		"descriptor, packed": {size, func(m *record.Member) {
			m.Descriptor = true
			m.Local = func(h []byte) { h[18] = 1 }
		}},
		"descriptor, size": {size, func(m *record.Member) { m.Descriptor = true; m.Local = func(h []byte) { h[22] = 1 } }},
		"a false descriptor": {"its data descriptor has another size or checksum", func(m *record.Member) {
			m.Descriptor = true
			m.Trailer = func(d []byte) { d[12]++ }
		}},
	} {
		w := record.Good()
		c.edit(w.Member("demo/data.txt"))
		if got := lastFault(open(t, w), "demo/data.txt"); got != c.want {
			t.Errorf("%s: %q; want %q", name, got, c.want)
		}
	}
}

// Rule: a directory has no contents.
func TestDirectoryWithContents(t *testing.T) {
	for data, want := range map[string]string{"": "", "x": "a directory with contents"} {
		w := record.Good()
		w.Members = append(w.Members, record.Member{Name: "demo/sub/", Mode: 0o040755, Data: data, Stored: true})
		if got := lastFault(open(t, w), "demo/sub/"); got != want {
			t.Errorf("%q: %q; want %q", data, got, want)
		}
	}
}
