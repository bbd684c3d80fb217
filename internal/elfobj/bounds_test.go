package elfobj_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/written"
)

// Rule: records of versions that overlap, or are more than the count says, are
// refused: they could be walked for ever.
func TestVersionChainsAreBounded(t *testing.T) {
	data := written.Object(written.Sample())
	// The second Verneed follows the first, which is 48 bytes long.
	next := bytes.Index(data, []byte{16, 0, 0, 0, 48, 0, 0, 0}) + 4
	for _, distance := range []byte{1, 15, 47} {
		bad := bytes.Clone(data)
		bad[next] = distance
		var format *elfimage.FormatError
		if _, err := read(bad); !errors.As(err, &format) {
			t.Errorf("distance %d: error %v, want a FormatError", distance, err)
		}
	}
}

// Rule: a chain of versions may be shorter than the dynamic section says, as the
// loader does not look at the number, but not longer.
func TestVersionChainEndsAtItsCount(t *testing.T) {
	good := written.Object(written.Sample())
	for _, tag := range []elf.DynTag{elf.DT_VERNEEDNUM, elf.DT_VERDEFNUM} {
		at := bytes.Index(good, binary.LittleEndian.AppendUint64(nil, uint64(tag))) + 8
		for change, refused := range map[int]bool{-1: true, 0: false, 1: false} {
			data := bytes.Clone(good)
			data[at] += byte(change)
			var format *elfimage.FormatError
			if _, err := read(data); errors.As(err, &format) != refused {
				t.Errorf("%s changed by %d: error %v", tag, change, err)
			}
		}
	}
}

// Rule: of many segments of notes over one another only the first are read: what
// they hold together is bounded by the file.
func TestNotesAreBounded(t *testing.T) {
	const headers = 1000
	le := binary.LittleEndian
	note := func(kind uint32, desc string) []byte {
		out := le.AppendUint32(le.AppendUint32(nil, 4), uint32(len(desc)))
		return append(append(le.AppendUint32(out, kind), "FDO\x00"...), desc...)
	}
	// The large note is of no kind that is known.
	notes := append(note(0x407c0c0a, `[{"soname":["libx.so"]}]`), note(1, strings.Repeat("x", 1<<17))...)
	data := written.Object(&elfobj.Object{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Type: elf.ET_DYN})[:64]
	data[56], data[57] = byte(headers&0xff), byte(headers>>8) // e_phnum
	for range headers {
		h := make([]byte, 56)
		le.PutUint32(h, uint32(elf.PT_NOTE))
		le.PutUint64(h[8:], 64+56*headers)
		le.PutUint64(h[32:], uint64(len(notes)))
		data = append(data, h...)
	}
	data = append(data, notes...)
	obj, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	if most := 2 * len(data) / len(notes); len(obj.Dlopen) == 0 || len(obj.Dlopen) > most {
		t.Errorf("%d segments read, want 1 to %d", len(obj.Dlopen), most)
	}
}

// Rule: a table of more program headers than the kernel takes is refused, before
// each is compared with each.
func TestProgramHeadersAreBounded(t *testing.T) {
	data := append(written.Object(written.Sample()), make([]byte, 56*65535)...)
	data[56], data[57] = 0xff, 0xff // e_phnum
	var format *elfimage.FormatError
	if _, err := read(data); !errors.As(err, &format) {
		t.Errorf("error %v, want a FormatError", err)
	}
}

// Rule: more libraries in more directories than could be looked for in a moment
// are refused.
func TestSearchIsBounded(t *testing.T) {
	o := written.Sample()
	o.Runpath = strings.Split(strings.Repeat("/x:", 5000), ":")
	if _, err := read(written.Object(o)); err != nil {
		t.Error(err)
	}
	o.Needed = strings.Split(strings.Repeat("libx.so ", 60), " ")
	var format *elfimage.FormatError
	if _, err := read(written.Object(o)); !errors.As(err, &format) {
		t.Errorf("error %v, want a FormatError", err)
	}
}

// countingReader counts the bytes that are read of a large file of zeros behind a
// small head.
type countingReader struct {
	head []byte
	read int
}

func (r *countingReader) ReadAt(b []byte, off int64) (int, error) {
	r.read += len(b)
	clear(b)
	if off < int64(len(r.head)) {
		copy(b, r.head[off:])
	}
	return len(b), nil
}

// Rule: a segment as large as a sparse file of 1 GiB is read no further than what
// is in it: PT_DYNAMIC ends at DT_NULL, PT_INTERP is a name.
func TestSparseSegmentsAreNotRead(t *testing.T) {
	const size = 1 << 30
	le := binary.LittleEndian
	for name, prog := range map[string]int{"PT_LOAD": 0, "PT_INTERP": 1, "PT_DYNAMIC": 4} {
		data := written.Object(written.Sample())
		for _, i := range []int{0, prog} {
			h := data[64+56*i:]
			le.PutUint64(h[32:], size-le.Uint64(h[8:])) // p_filesz
			le.PutUint64(h[40:], size-le.Uint64(h[8:])) // p_memsz
		}
		r := &countingReader{head: data}
		if _, err := elfobj.Read(r, size); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := elfcheck.CheckLayout(r, size); d != nil {
			t.Errorf("%s: damage %v", name, d)
		}
		if most := 1 << 20; r.read > most {
			t.Errorf("%s: %d bytes read, want at most %d", name, r.read, most)
		}
	}
}

// Rule: a list at its bound is read, and one beyond it is an error that names the
// bound: entries of PT_DYNAMIC, notes, records of versions.
func TestErrorsNameTheBound(t *testing.T) {
	bare := func() *elfobj.Object {
		return &elfobj.Object{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Type: elf.ET_DYN, Dynamic: true}
	}
	for words, c := range map[string]struct {
		bound int
		data  func(n int) []byte
	}{
		"PT_DYNAMIC has more than 16384 entries": {16384, func(n int) []byte {
			o := bare()
			o.Needed = slices.Repeat([]string{"x"}, n-4) // and DT_FLAGS_1, DT_STRSZ, DT_STRTAB, DT_NULL
			return written.Object(o)
		}},
		"more than 65536 records of versions": {65536, func(n int) []byte {
			o := bare()
			v := elfobj.Version{Name: "V"}
			o.Verneed = []elfobj.Verneed{{File: "x", Versions: []elfobj.Version{v}}, {File: "y", Versions: slices.Repeat([]elfobj.Version{v}, n-3)}}
			return written.Object(o)
		}},
		"more than 65536 notes": {65536, func(n int) []byte {
			o := bare()
			o.Dlopen = []elfobj.Dlopen{}
			data := written.Object(o)
			h := data[64+56:] // PT_NOTE
			binary.LittleEndian.PutUint64(h[8:], uint64(len(data)))
			binary.LittleEndian.PutUint64(h[32:], uint64(12*n))
			binary.LittleEndian.PutUint64(h[48:], 4)
			return append(data, make([]byte, 12*n)...) // notes without a name and contents
		}},
	} {
		if _, err := read(c.data(c.bound)); err != nil {
			t.Errorf("%s: at the bound: %v", words, err)
		}
		var format *elfimage.FormatError
		if _, err := read(c.data(c.bound + 1)); !errors.As(err, &format) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: error %v", words, err)
		}
	}
}

// Rule: a chain of records that leads back into itself is refused, and so is a
// file that would name one long string many times: memory stays in proportion.
func TestMemoryIsBoundedByTheFile(t *testing.T) {
	o := written.Sample()
	o.Soname, o.Filters = strings.Repeat("s", 1<<15), nil
	for range 4000 {
		o.Needed = append(o.Needed, "x")
	}
	data := written.Object(o)
	// Let each DT_NEEDED name another part of the long soname.
	at := bytes.Index(data, []byte("\x01\x00\x00\x00\x00\x00\x00\x00\x01"))
	soname := bytes.Index(data, []byte("ssss")) - bytes.Index(data, []byte("\x00libm.so.6"))
	for i := range 4000 {
		v := uint32(soname + i)
		copy(data[at+16*i+8:], []byte{byte(v), byte(v >> 8), byte(v >> 16), 0})
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := read(data)
	runtime.ReadMemStats(&after)
	var format *elfimage.FormatError
	if !errors.As(err, &format) {
		t.Errorf("error %v, want a FormatError", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8*uint64(len(data)) {
		t.Errorf("%d bytes used for a file of %d", used, len(data))
	}
}
