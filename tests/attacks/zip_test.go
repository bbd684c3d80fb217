package attacks

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

var le = binary.LittleEndian

const (
	data       = "demo/data.txt"
	metadata   = "demo-1.0.dist-info/METADATA"
	wheelFile  = "demo-1.0.dist-info/WHEEL"
	recordFile = "demo-1.0.dist-info/RECORD"
	entries    = "demo-1.0.dist-info/entry_points.txt"

	damagedArchive = "archive-damaged"
	unsafePath     = "archive-unsafe-path"
)

// verified is the edit that writes a wheel and verifies it.
func verified(edit func(w *record.Wheel)) func(g *ground) []string {
	return func(g *ground) []string {
		w := record.Good()
		edit(w)
		return verifyBytes(g, w.File, w.Bytes())
	}
}

func verifyBytes(g *ground, name string, archive []byte) []string {
	path := filepath.Join(g.in, name)
	g.write(path, string(archive))
	return []string{"verify", "--format", "json", path}
}

// member returns a member of the wheel; RECORD becomes one that can be edited, like
// any other.
func member(w *record.Wheel, name string) *record.Member {
	if name == recordFile && !w.NoRecord {
		w.NoRecord = true
		w.Members = append(w.Members, record.Member{Name: recordFile, Data: w.Record()})
	}
	return w.Member(name)
}

// A field is a number of a ZIP header.
type field struct {
	name     string
	at, size int
	// harmless is set where no reader of wheels goes by it.
	harmless bool
}

// Of a local header: APPNOTE.TXT 4.3.7.
var localFields = []field{
	{"signature", 0, 4, false},
	{"version", 4, 2, true},
	{"flags", 6, 2, false},
	{"method", 8, 2, false},
	{"time", 10, 2, true},
	{"date", 12, 2, true},
	{"checksum", 14, 4, false},
	{"packed size", 18, 4, false},
	{"size", 22, 4, false},
	{"length of the name", 26, 2, false},
	{"length of the extra field", 28, 2, false},
}

// Of an entry of the central directory: APPNOTE.TXT 4.3.12.
var centralFields = []field{
	{"signature", 0, 4, false},
	{"version made by", 4, 2, true},
	{"flags", 8, 2, false},
	{"method", 10, 2, false},
	{"time", 12, 2, true},
	{"date", 14, 2, true},
	{"checksum", 16, 4, false},
	{"packed size", 20, 4, false},
	{"size", 24, 4, false},
	{"length of the name", 28, 2, false},
	{"length of the extra field", 30, 2, false},
	{"length of the comment", 32, 2, false},
	{"internal attributes", 36, 2, true},
	{"offset", 42, 4, false},
}

// Of the end record: 4.3.16, of that of ZIP64: 4.3.14, and of its locator: 4.3.15.
var (
	endFields = []field{
		{"signature", 0, 4, false},
		{"disk", 4, 2, false},
		{"disk of the directory", 6, 2, false},
		{"members here", 8, 2, false},
		{"members", 10, 2, false},
		{"size of the directory", 12, 4, false},
		{"offset of the directory", 16, 4, false},
		{"length of the comment", 20, 2, false},
	}
	locatorFields = []field{
		{"signature", 0, 4, false},
		{"disk", 4, 4, false},
		{"offset", 8, 8, false},
		{"disks", 16, 4, false},
	}
	end64Fields = []field{
		{"signature", 0, 4, false},
		{"length", 4, 8, false},
		{"version made by", 12, 2, true},
		{"disk", 16, 4, false},
		{"disk of the directory", 20, 4, false},
		{"members here", 24, 8, false},
		{"members", 32, 8, false},
		{"size of the directory", 40, 8, false},
		{"offset of the directory", 48, 8, false},
	}
	descriptorFields = []field{
		{"checksum", 4, 4, false},
		{"packed size", 8, 4, false},
		{"size", 12, 4, false},
	}
)

// get and put read and write a field.
func (f field) get(h []byte) uint64 {
	var b [8]byte
	copy(b[:], h[f.at:f.at+f.size])
	return le.Uint64(b[:])
}

func (f field) put(h []byte, v uint64) {
	var b [8]byte
	le.PutUint64(b[:], v)
	copy(h[f.at:f.at+f.size], b[:])
}

// A wrong is a wrong value of a number.
type wrong struct {
	name string
	of   func(v uint64) uint64
}

var wrongs = []wrong{
	{"zero", func(uint64) uint64 { return 0 }},
	{"one more", func(v uint64) uint64 { return v + 1 }},
	{"one less", func(v uint64) uint64 { return v - 1 }},
	{"all ones", func(uint64) uint64 { return 1<<64 - 1 }},
	{"the highest bit", func(v uint64) uint64 { return v ^ 1<<15 }},
}

// same reports whether a wrong value is the right one.
func (f field) same(v, w uint64) bool {
	mask := uint64(1)<<(8*f.size-1)<<1 - 1
	return v&mask == w&mask
}

// headerAttacks are wrong values of fields of one header, which archive edits.
func headerAttacks(title string, fields []field, values []wrong, archive func(edit func(h []byte)) []byte) (table []attack) {
	for _, f := range fields {
		var right uint64
		archive(func(h []byte) { right = f.get(h) })
		for i, v := range values {
			// Two wrong values may be one.
			twice := slices.ContainsFunc(values[:i], func(w wrong) bool { return f.same(w.of(right), v.of(right)) })
			if twice || f.same(right, v.of(right)) {
				continue
			}
			a := attack{
				name: title + ", " + f.name + " is " + v.name,
				edit: func(g *ground) []string {
					return verifyBytes(g, record.Good().File, archive(func(h []byte) { f.put(h, v.of(f.get(h))) }))
				},
			}
			reserved := f.name == "flags" && v.name == "the highest bit" // of PKWARE; readers pass it over
			if !f.harmless && !reserved {
				a.want = []string{damagedArchive}
			}
			table = append(table, a)
		}
	}
	return table
}

// on is the archive of a wheel that where edits.
func on(where func(w *record.Wheel, edit func(h []byte))) func(edit func(h []byte)) []byte {
	return func(edit func(h []byte)) []byte {
		w := record.Good()
		where(w, edit)
		return w.Bytes()
	}
}

// end64 is an archive with a ZIP64 end record that is edited.
func end64(edit func(h []byte)) []byte {
	w := record.Good()
	w.End.Zip64 = true
	archive := w.Bytes()
	edit(archive[bytes.LastIndex(archive, []byte("PK\x06\x06")):])
	return archive
}

func TestZip(t *testing.T) {
	table := slices.Concat(
		headerAttacks("local header", localFields, wrongs, on(func(w *record.Wheel, edit func(h []byte)) { w.Member(data).Local = edit })),
		headerAttacks("central header", centralFields, wrongs, on(func(w *record.Wheel, edit func(h []byte)) { w.Member(data).Central = edit })),
		headerAttacks("end record", endFields, wrongs[:4], on(func(w *record.Wheel, edit func(h []byte)) { w.End.Record = edit })),
		headerAttacks("locator", locatorFields, wrongs[:4], on(func(w *record.Wheel, edit func(h []byte)) { w.End.Zip64, w.End.Locator = true, edit })),
		headerAttacks("ZIP64 end record", end64Fields, wrongs[:4], end64),
		headerAttacks("data descriptor", descriptorFields, wrongs[:4], on(func(w *record.Wheel, edit func(h []byte)) {
			w.Member(data).Descriptor, w.Member(data).Trailer = true, edit
		})),
		headerAttacks("RECORD's local header", localFields[6:9], wrongs[1:3], on(func(w *record.Wheel, edit func(h []byte)) { member(w, recordFile).Local = edit })),
		headerAttacks("RECORD's central header", centralFields[6:9], wrongs[1:3], on(func(w *record.Wheel, edit func(h []byte)) { member(w, recordFile).Central = edit })),
		headerAttacks("METADATA's central header", centralFields[6:9], wrongs[1:3], on(func(w *record.Wheel, edit func(h []byte)) { member(w, metadata).Central = edit })),
		flagAttacks(), methodAttacks(), extraAttacks(), zipPlaces(), zipCuts(), modeAttacks(), zipWholes(),
	)
	attacks(t, table)
}

// flagAttacks set bits of the general purpose flags (4.4.4) in both headers.
func flagAttacks() (table []attack) {
	for _, bit := range []struct {
		n    int
		name string
		bad  bool
	}{
		{0, "encrypted", true},
		{1, "compression option 1", false},
		{2, "compression option 2", false},
		{5, "patched data", true},
		{6, "strong encryption", true},
		{13, "masked headers", true},
	} {
		for _, name := range []string{data, metadata, recordFile} {
			a := attack{
				name: "flag " + bit.name + " of " + filepath.Base(name),
				edit: verified(func(w *record.Wheel) { member(w, name).Flags = 1 << bit.n }),
			}
			if bit.bad {
				a.want = []string{damagedArchive}
			}
			table = append(table, a)
		}
	}
	return table
}

// methodAttacks are compression methods (4.4.5) that installers do not all know.
func methodAttacks() (table []attack) {
	for method, name := range map[uint16]string{
		1: "shrunk", 2: "reduced 1", 5: "reduced 4", 6: "imploded", 9: "deflate64", 10: "PKWARE imploding", 12: "bzip2",
		14: "LZMA", 18: "IBM TERSE", 20: "old Zstandard", 93: "Zstandard", 94: "MP3", 95: "XZ", 97: "WavPack", 98: "PPMd", 99: "AE-x", 65535: "none",
	} {
		table = append(table, attack{
			name: "method " + name, want: []string{damagedArchive + " " + data},
			edit: verified(func(w *record.Wheel) { w.Member(data).Method = method }),
		})
	}
	slices.SortFunc(table, func(a, b attack) int { return strings.Compare(a.name, b.name) })
	return table
}

// extra is one extra field (4.5.1).
func extra(id uint16, body string) []byte {
	return append([]byte{byte(id), byte(id >> 8), byte(len(body)), byte(len(body) >> 8)}, body...)
}

// extraAttacks are extra fields with which readers come to different answers, and
// some that are harmless.
func extraAttacks() (table []attack) {
	const nothing = "\x00\x00\x00\x00\x00\x00\x00\x00"
	for _, x := range []struct {
		name  string
		field []byte
		want  string // in the local header; "" is fine
		also  string // in the central one
	}{
		{"longer than its place", []byte{1, 0, 9, 0, 1}, damagedArchive, damagedArchive},
		{"ZIP64 without a number that needs it", extra(1, nothing), "", ""},
		{"ZIP64 twice", append(extra(1, nothing), extra(1, nothing)...), damagedArchive, damagedArchive},
		{"Unicode path of another name", extra(0x7075, "\x01\x00\x00\x00\x00evil.py"), damagedArchive, unsafePath},
		{"Unicode path that climbs", extra(0x7075, "\x01\x00\x00\x00\x00../evil.py"), damagedArchive, unsafePath},
		{"Unicode path cut short", extra(0x7075, "\x01\x00"), damagedArchive, damagedArchive},
		{"Unicode path twice", append(extra(0x7075, "\x01\x00\x00\x00\x00"+data), extra(0x7075, "\x01\x00\x00\x00\x00evil.py")...), damagedArchive, damagedArchive},
		{"Unicode path of the same name", extra(0x7075, "\x01\x00\x00\x00\x00"+data), "", ""},
		{"a time of Unix", extra(0x5455, "\x01\x00\x00\x00\x00"), "", ""},
		{"an owner of Unix", extra(0x7875, "\x01\x04\x00\x00\x00\x00\x04\x00\x00\x00\x00"), "", ""},
		{"an unknown field", extra(0xcafe, "x"), "", ""},
	} {
		local := attack{name: "local extra field: " + x.name, edit: verified(func(w *record.Wheel) { w.Member(data).LocalExtra = x.field })}
		central := attack{name: "central extra field: " + x.name, edit: verified(func(w *record.Wheel) { w.Member(data).CentralExtra = x.field })}
		if x.want != "" {
			local.want, central.want = []string{x.want}, []string{x.also}
		}
		table = append(table, local, central)
	}
	return table
}

// zipPlaces put bytes where no member is.
func zipPlaces() (table []attack) {
	hidden := record.Zip([]record.Member{{Name: "evil.py", Data: "evil = 1\n"}}, record.End{})
	for _, what := range []struct{ name, bytes string }{
		{"a zero", "\x00"},
		{"a shell script", "#!/bin/sh\n"},
		{"an ELF object", "\x7fELF"},
		{"an archive", string(hidden)},
		{"a local header", string(hidden[:39])},
		{"an end record", string(hidden[len(hidden)-22:])},
	} {
		for _, place := range []struct {
			name string
			edit func(w *record.Wheel)
		}{
			{"before the archive", func(w *record.Wheel) { w.End.Before = what.bytes }},
			{"after the archive", func(w *record.Wheel) { w.End.After = what.bytes }},
			{"after the first member", func(w *record.Wheel) { w.Members[0].After = []byte(what.bytes) }},
			{"after the last member", func(w *record.Wheel) { member(w, recordFile).After = []byte(what.bytes) }},
			{"after the contents of a member", func(w *record.Wheel) { w.Member(data).Padding = []byte(what.bytes) }},
			{"after the contents of RECORD", func(w *record.Wheel) { member(w, recordFile).Padding = []byte(what.bytes) }},
		} {
			table = append(table, attack{name: what.name + " " + place.name, edit: verified(place.edit), want: []string{damagedArchive}})
		}
	}
	for _, comment := range []struct{ name, text string }{
		{"an archive", string(hidden)}, {"an end record", string(hidden[len(hidden)-22:])}, {"a locator", "PK\x06\x07" + strings.Repeat("\x00", 16)}, {"a central header", "PK\x01\x02"},
	} {
		table = append(table, attack{
			name: comment.name + " in the comment", want: []string{damagedArchive},
			edit: verified(func(w *record.Wheel) { w.End.Comment = comment.text }),
		})
	}
	return table
}

// zipCuts leave an archive without its end, and make other files of it.
func zipCuts() (table []attack) {
	good := record.Good().Bytes()
	for _, n := range []int{0, 1, 4, 21, 22, 30, len(good) / 4, len(good) / 2, len(good) - 100, len(good) - 23, len(good) - 22, len(good) - 2, len(good) - 1} {
		table = append(table, attack{
			name: fmt.Sprintf("cut to %d bytes", n), want: []string{damagedArchive},
			edit: func(g *ground) []string { return verifyBytes(g, record.Good().File, good[:n]) },
		})
	}
	for _, what := range []struct{ name, text string }{
		{"an HTML page", "<!DOCTYPE html><title>404</title>"},
		{"a gzip file", "\x1f\x8b\x08\x00\x00\x00\x00\x00"},
		{"an ELF object", "\x7fELF\x02\x01\x01"},
		{"an LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"},
		{"an archive twice", string(good) + string(good)},
		{"an end record alone", "PK\x05\x06" + strings.Repeat("\x00", 18)},
	} {
		a := attack{name: what.name + " as a wheel", want: []string{damagedArchive}, edit: func(g *ground) []string { return verifyBytes(g, record.Good().File, []byte(what.text)) }}
		if strings.Contains(what.name, "end record") { // an archive of no member
			a.want = []string{"wheel-malformed", "record-absent"}
		}
		table = append(table, a)
	}
	return table
}

// modeAttacks are kinds of file that no installer may make.
func modeAttacks() (table []attack) {
	for _, kind := range []struct {
		name string
		mode uint32
	}{
		{"a symbolic link", 0o120777}, {"a FIFO", 0o010666}, {"a socket", 0o140666}, {"a block device", 0o060666}, {"a character device", 0o020666}, {"a directory without a slash", 0o040755}, {"a kind that does not exist", 0o170666},
	} {
		for _, name := range []string{data, metadata, recordFile, "demo-1.0.data/scripts/demo-run", "demo/core.so"} {
			table = append(table, attack{
				name: filepath.Base(name) + " as " + kind.name, want: unsafeMember(name),
				edit: verified(func(w *record.Wheel) { member(w, name).Mode = kind.mode }),
			})
		}
	}
	for _, mode := range []struct {
		name string
		bits uint32
	}{{"set-user-ID", 0o104755}, {"set-group-ID", 0o102755}, {"sticky", 0o101644}, {"without any right", 0o100000}, {"writable to all", 0o100666}} {
		table = append(table, attack{name: "a member " + mode.name, edit: verified(func(w *record.Wheel) { w.Member(data).Mode = mode.bits })})
	}
	return table
}

// unsafeMember is what a member that cannot be installed leads to: of dist-info it is
// missing besides.
func unsafeMember(name string) []string {
	switch name {
	case metadata:
		return []string{unsafePath + " " + name, "wheel-malformed " + name}
	case recordFile:
		return []string{unsafePath + " " + name, "record-absent demo-1.0.dist-info"}
	}
	return []string{unsafePath + " " + name}
}

// zipWholes are further contradictions of an archive.
func zipWholes() []attack {
	row := func(name string, edit func(w *record.Wheel), want ...string) attack {
		return attack{name: name, edit: verified(edit), want: want}
	}
	return []attack{
		row("two members share their contents", func(w *record.Wheel) {
			w.Member(data).Central = func(h []byte) { le.PutUint32(h[42:], 0) }
		}, damagedArchive),
		row("a member that is the archive itself", func(w *record.Wheel) {
			m := w.Member(data)
			m.Stored, m.Central = true, func(h []byte) { copy(h[20:28], "\x00\x10\x00\x00\x00\x10\x00\x00") }
		}, damagedArchive),
		row("a member that expands a thousandfold past its size", func(w *record.Wheel) {
			m := w.Member(data)
			m.Data, m.Declared = strings.Repeat("\x00", 8<<20), func(uint32) uint32 { return 8 << 10 }
		}, damagedArchive+" "+data),
		row("an empty member that is not empty", func(w *record.Wheel) { w.Member(data).Declared = func(uint32) uint32 { return 0 } }, damagedArchive+" "+data),
		row("a member of 4 GiB by its word", func(w *record.Wheel) { w.Member(data).Declared = func(uint32) uint32 { return 1<<32 - 2 } }, damagedArchive),
		row("a RECORD of 4 GiB by its word", func(w *record.Wheel) {
			member(w, recordFile).Declared = func(uint32) uint32 { return 1<<32 - 2 }
		}, damagedArchive),
		row("a stored stream of another checksum", func(w *record.Wheel) {
			m := w.Member(data)
			m.Stored, m.CRC = true, func(c uint32) uint32 { return c + 1 }
		}, damagedArchive+" "+data),
		row("a stream of no block", func(w *record.Wheel) {
			m := w.Member(data)
			m.Stored, m.Method, m.Data = true, 8, ""
		}, damagedArchive+" "+data),
		row("a directory with contents", func(w *record.Wheel) {
			w.Members = append(w.Members, record.Member{Name: "demo/sub/", Data: "x", Mode: 0o040755})
		}, damagedArchive+" demo/sub/"),
		row("a name in code page 437", func(w *record.Wheel) {
			w.Members = append(w.Members, record.Member{Name: "demo/\x82.txt", Data: "x", Local: func(h []byte) { h[7] &^= 8 }, Central: func(h []byte) { h[9] &^= 8 }})
			w.Rows = append(w.Rows, record.Row("demo/é.txt", "x"))
		}),
		row("UTF-8 in the local header alone", func(w *record.Wheel) {
			w.Add("demo/é.txt", "x")
			w.Member("demo/é.txt").Central = func(h []byte) { h[9] &^= 8 }
		}, damagedArchive, "record-missing-file demo/é.txt"),
		row("a version that no reader knows", func(w *record.Wheel) { w.Member(data).Central = func(h []byte) { h[6] = 255 } }, damagedArchive),
		row("a wheel in a wheel", func(w *record.Wheel) { w.Add("demo/evil-1.0-py3-none-any.whl", string(record.Good().Bytes())) }),
		row("members in another order than the directory", func(w *record.Wheel) { slices.Reverse(w.Members) }),
		row("no member but dist-info", func(w *record.Wheel) {
			w.Members = slices.DeleteFunc(w.Members, func(m record.Member) bool { return !strings.HasPrefix(m.Name, w.Info) })
			w.Rows = slices.DeleteFunc(w.Rows, func(r string) bool { return !strings.HasPrefix(r, w.Info) })
		}),
	}
}
