package elfcheck_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/written"
)

// Rule: each condition of the layout is seen when one named edit of a sound
// object breaks it.
func TestEachRuleSeesItsOwnDamage(t *testing.T) {
	// The program headers of written.Object(written.Sample()): each 56 bytes from offset 64 on.
	const load, interp, stack, dynamic = 0, 1, 2, 4
	const flags, off, vaddr, filesz, memsz, align = 4, 8, 16, 32, 40, 48
	set := func(data []byte, prog, field int, v uint64) {
		at := data[64+56*prog+field:]
		if field == flags {
			binary.LittleEndian.PutUint32(at, uint32(v))
		} else {
			binary.LittleEndian.PutUint64(at, v)
		}
	}
	get := func(data []byte, prog, field int) uint64 {
		return binary.LittleEndian.Uint64(data[64+56*prog+field:])
	}
	for name, c := range map[string]struct {
		want string
		edit func(data []byte) []byte
	}{
		"offset and address not congruent modulo the page": {"differ modulo its alignment", func(d []byte) []byte {
			set(d, load, vaddr, written.Base+0x10)
			return d
		}},
		"congruent modulo the page but not p_align": {"differ modulo its alignment 0x1000000", func(d []byte) []byte {
			set(d, load, align, 0x1000000)
			return d
		}},
		"alignment no power of two": {"alignment 0x3000 is no power of two", func(d []byte) []byte {
			set(d, load, align, 0x3000)
			return d
		}},
		"segment beyond the end of the file": {"PT_LOAD 0: ends at offset 0x100000, the file at", func(d []byte) []byte {
			set(d, load, filesz, 0x100000)
			set(d, load, memsz, 0x100000)
			return d
		}},
		"more bytes in the file than in memory": {"bytes in the file, but 0x10 in memory", func(d []byte) []byte {
			set(d, load, memsz, 0x10)
			return d
		}},
		"segments overlap": {"PT_LOAD 1: address 0x200000 lies within the one before", func(d []byte) []byte {
			copy(d[64+56*interp:], d[64+56*load:64+56*(load+1)])
			return d
		}},
		"PT_INTERP outside of every PT_LOAD": {"PT_INTERP: address 0x100 to", func(d []byte) []byte {
			set(d, interp, vaddr, 0x100)
			return d
		}},
		"PT_DYNAMIC shown from another place of the file": {"PT_DYNAMIC: PT_LOAD shows offset", func(d []byte) []byte {
			set(d, dynamic, off, get(d, dynamic, off)-8)
			return d
		}},
		"PT_DYNAMIC in a read-only PT_LOAD (patchelf 0.17.2)": {"the PT_LOAD there is read-only", func(d []byte) []byte {
			set(d, load, flags, uint64(elf.PF_R))
			return d
		}},
		"interpreter without a NUL": {"PT_INTERP: no NUL at its end", func(d []byte) []byte {
			set(d, interp, filesz, 5)
			return d
		}},
		"dynamic section without an end": {"PT_DYNAMIC: no DT_NULL at its end", func(d []byte) []byte {
			set(d, dynamic, filesz, 32)
			return d
		}},
		"string table outside of every PT_LOAD": {"DT_STRTAB at address 0x10 lies in no PT_LOAD", func(d []byte) []byte {
			i := bytes.LastIndex(d, []byte{5, 0, 0, 0, 0, 0, 0, 0}) // DT_STRTAB
			binary.LittleEndian.PutUint64(d[i+8:], 0x10)
			return d
		}},
		"string table longer than its PT_LOAD": {"DT_STRTAB: 0x10000 bytes at offset", func(d []byte) []byte {
			i := bytes.LastIndex(d, []byte{10, 0, 0, 0, 0, 0, 0, 0}) // DT_STRSZ
			binary.LittleEndian.PutUint64(d[i+8:], 0x10000)
			return d
		}},
		"PT_PHDR is not where the ELF header says": {"PT_PHDR at offset 0x78, the ELF header says 0x40", func(d []byte) []byte {
			// PT_GNU_STACK, whose place in memory nobody looks at, becomes PT_PHDR.
			binary.LittleEndian.PutUint32(d[64+56*stack:], uint32(elf.PT_PHDR))
			set(d, stack, off, 64+56)
			set(d, stack, vaddr, written.Base+64+56)
			set(d, stack, filesz, 56)
			set(d, stack, memsz, 56)
			return d
		}},
		"no ELF object": {"not an ELF object", func(d []byte) []byte { return d[1:] }},
	} {
		data := c.edit(written.Object(written.Sample()))
		damage := elfcheck.CheckLayout(bytes.NewReader(data), int64(len(data)))
		if !slices.ContainsFunc(damage, func(d elfcheck.Damage) bool { return strings.Contains(d.Text, c.want) }) {
			t.Errorf("%s: nothing says %q; found %v", name, c.want, damage)
		}
	}
}

// Rule: a table may end where its PT_LOAD does, and not one byte behind; so may
// those that Read does not look at.
func TestTableEndsWithinItsSegment(t *testing.T) {
	le := binary.LittleEndian
	for _, tag := range []elf.DynTag{elf.DT_STRSZ, elf.DT_INIT_ARRAYSZ} {
		for beyond := range uint64(2) {
			data := written.Object(written.Sample())
			strtab := bytes.LastIndex(data, []byte{5, 0, 0, 0, 0, 0, 0, 0})
			addr := le.Uint64(data[strtab+8:])
			left := uint64(len(data)) - (addr - written.Base)
			if tag == elf.DT_INIT_ARRAYSZ {
				// DT_SONAME and DT_FLAGS_1 become an array that lies in the strings.
				soname := bytes.LastIndex(data[:strtab], []byte{14, 0, 0, 0, 0, 0, 0, 0})
				flags := bytes.LastIndex(data[:strtab], []byte{0xfb, 0xff, 0xff, 0x6f, 0, 0, 0, 0})
				le.PutUint64(data[soname:], uint64(elf.DT_INIT_ARRAY))
				le.PutUint64(data[soname+8:], addr)
				le.PutUint64(data[flags:], uint64(elf.DT_INIT_ARRAYSZ))
				le.PutUint64(data[flags+8:], left+beyond)
			} else {
				le.PutUint64(data[bytes.LastIndex(data, []byte{10, 0, 0, 0, 0, 0, 0, 0})+8:], left+beyond)
			}
			if d := elfcheck.CheckLayout(bytes.NewReader(data), int64(len(data))); len(d) != int(beyond) {
				t.Errorf("%s, %d behind the end: %v", tag, beyond, d)
			}
		}
	}
}

// Rule: CheckFile finds in a file what CheckLayout finds in its bytes; what cannot
// be opened is an error, and a FIFO is not waited for.
func TestCheckFile(t *testing.T) {
	good, bad := written.Object(written.Sample()), written.Object(written.Sample())[1:]
	dir := t.TempDir()
	for name, data := range map[string][]byte{"good": good, "bad": bad} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		want := elfcheck.CheckLayout(bytes.NewReader(data), int64(len(data)))
		got, err := elfcheck.CheckFile(file)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, error %v, want %v", name, got, err, want)
		}
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{fifo, dir, filepath.Join(dir, "none")} {
		if d, err := elfcheck.CheckFile(file); err == nil {
			t.Errorf("%s: %v", file, d)
		}
	}
}

// Rule: a table may go on into the next PT_LOAD where that continues address and
// file: patchelf 0.14 splits node's so, and node runs.
func TestTableAcrossTwoSegments(t *testing.T) {
	data := written.Object(written.Sample())
	strtab := uint64(bytes.Index(data, []byte("libm.so.6")) + 4)
	size := uint64(len(data))
	// PT_INTERP is made the second PT_LOAD, from the middle of the strings on.
	le := binary.LittleEndian
	first, second := data[64:], data[64+56:]
	le.PutUint32(second, uint32(elf.PT_LOAD))
	le.PutUint32(second[4:], uint32(elf.PF_R|elf.PF_W))
	for _, f := range []struct{ at, v uint64 }{{8, strtab}, {16, written.Base + strtab}, {32, size - strtab}, {40, size - strtab}, {48, 4096}} {
		le.PutUint64(second[f.at:], f.v)
	}
	le.PutUint64(first[32:], strtab)
	le.PutUint64(first[40:], strtab)
	if d := elfcheck.CheckLayout(bytes.NewReader(data), int64(len(data))); d != nil {
		t.Errorf("damage: %v", d)
	}
	obj, err := elfobj.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil || obj.Soname != written.Sample().Soname {
		t.Errorf("soname %q, error %v", obj.Soname, err)
	}
}

// Rule: PT_INTERP may begin in one PT_LOAD and end in the next where that continues
// address and file (lalsuite 7.26 has such), and nowhere else. PT_DYNAMIC may too,
// where both can be written.
func TestSegmentAcrossTwoSegments(t *testing.T) {
	le := binary.LittleEndian
	split := func(prog int, change func(first, second []byte)) []elfcheck.Damage {
		data := written.Object(written.Sample())
		size := uint64(len(data))
		cut := le.Uint64(data[64+56*prog+8:]) + 16
		first, second := data[64:64+56], data[64+56*2:64+56*3] // PT_GNU_STACK becomes the second PT_LOAD
		copy(second, first)
		for at, v := range map[int]uint64{8: cut, 16: written.Base + cut, 32: size - cut, 40: size - cut} {
			le.PutUint64(second[at:], v)
		}
		le.PutUint64(first[32:], cut)
		le.PutUint64(first[40:], cut)
		change(first, second)
		return elfcheck.CheckLayout(bytes.NewReader(data), int64(len(data)))
	}
	const interp, dynamic = 1, 4
	for name, c := range map[string]struct {
		prog   int
		change func(first, second []byte)
		want   string
	}{
		"PT_INTERP":            {interp, func([]byte, []byte) {}, ""},
		"PT_DYNAMIC":           {dynamic, func([]byte, []byte) {}, ""},
		"with a gap":           {interp, func(a, _ []byte) { le.PutUint64(a[32:], le.Uint64(a[32:])-8) }, "PT_INTERP"},
		"read-only at its end": {dynamic, func(_, b []byte) { le.PutUint32(b[4:], uint32(elf.PF_R)) }, "PT_DYNAMIC: the loader writes"},
	} {
		found := split(c.prog, c.change)
		if (c.want == "") != (len(found) == 0) || len(found) > 0 && !slices.ContainsFunc(found, func(d elfcheck.Damage) bool { return strings.HasPrefix(d.Text, c.want) }) {
			t.Errorf("%s: %v", name, found)
		}
	}
}
