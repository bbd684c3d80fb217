package elfobj_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/written"
)

// appended is an object with more bytes behind it, which its PT_LOAD maps; off is
// where they begin.
func appended(o *elfobj.Object, more []byte) (data []byte, off uint64) {
	data = written.Object(o)
	data = append(data, make([]byte, -len(data)&7)...)
	off = uint64(len(data))
	data = append(data, more...)
	for _, size := range []int{32, 40} { // p_filesz, p_memsz
		binary.LittleEndian.PutUint64(data[64+size:], uint64(len(data)))
	}
	return data, off
}

func bareObject() *elfobj.Object {
	return &elfobj.Object{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Type: elf.ET_DYN, Dynamic: true}
}

// checked reads an object. The error is a FormatError, or there is none.
func checked(t *testing.T, data []byte) *elfobj.Object {
	t.Helper()
	obj, err := read(data)
	var format *elfimage.FormatError
	if (err == nil) == (obj == nil) || err != nil && !errors.As(err, &format) {
		t.Fatalf("object %v, error %v", obj, err)
	}
	return obj
}

// Rule: whatever the bytes of a PT_NOTE, what is read of it are libraries that it
// names, each with a priority, and no more of them than it has bytes.
func FuzzNotes(f *testing.F) {
	f.Add(written.Notes(written.Sample().Dlopen), false)
	f.Add(written.Notes([]elfobj.Dlopen{{Sonames: []string{"a"}}, {}, {Sonames: []string{"b", "\xff"}, Priority: "required"}}), true)
	f.Fuzz(func(t *testing.T, notes []byte, wide bool) {
		o := bareObject()
		o.Dlopen = []elfobj.Dlopen{}
		data, off := appended(o, notes)
		h := data[64+56:] // PT_NOTE
		binary.LittleEndian.PutUint64(h[8:], off)
		binary.LittleEndian.PutUint64(h[32:], uint64(len(notes)))
		if !wide {
			binary.LittleEndian.PutUint64(h[48:], 4)
		}
		obj := checked(t, data)
		if obj == nil {
			return
		}
		names := 0
		for _, d := range obj.Dlopen {
			names += len(d.Sonames)
			if len(d.Sonames) == 0 || d.Priority == "" {
				t.Fatalf("%+v", d)
			}
		}
		if names > len(notes) {
			t.Fatalf("%d names of %d bytes", names, len(notes))
		}
	})
}

// Rule: whatever the bytes of the tables of versions, what is read are names of the
// string table, and no more records than the file has room for, but for a few.
func FuzzVersions(f *testing.F) {
	needs, defs := written.Versions(written.Sample().Verneed, written.Sample())
	f.Add(needs, defs, uint8(2), uint8(3))
	_, defs = written.Versions(nil, &elfobj.Object{Verdef: []string{"A", "B"}})
	f.Add([]byte{}, defs, uint8(0), uint8(255))
	f.Fuzz(func(t *testing.T, needs, defs []byte, needCount, defCount uint8) {
		o := bareObject()
		o.Soname, o.Verneed, o.HasVerdef = "libc.so.6", []elfobj.Verneed{{File: "libm.so.6"}}, true
		gap := make([]byte, -len(needs)&7)
		data, off := appended(o, bytes.Join([][]byte{needs, gap, defs}, nil))
		set := func(tag elf.DynTag, v uint64) {
			at := bytes.Index(data, binary.LittleEndian.AppendUint64(nil, uint64(tag)))
			binary.LittleEndian.PutUint64(data[at+8:], v)
		}
		set(elf.DT_VERNEED, written.Base+off)
		set(elf.DT_VERNEEDNUM, uint64(needCount))
		set(elf.DT_VERDEF, written.Base+off+uint64(len(needs)+len(gap)))
		set(elf.DT_VERDEFNUM, uint64(defCount))
		obj := checked(t, data)
		if obj == nil {
			return
		}
		records := len(obj.Verdef)
		for _, n := range obj.Verneed {
			records += 1 + len(n.Versions)
		}
		if records*16 > len(data)+4096 || len(obj.Verneed) > max(1, int(needCount)) || len(obj.Verdef) > max(1, int(defCount)) {
			t.Fatalf("%d records of %d bytes: %+v", records, len(data), obj)
		}
	})
}
