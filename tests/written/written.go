// Package written writes ELF objects byte by byte, so that tests need no compiler for
// each machine.
package written

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// Base is the address of the first byte of each object.
const Base = 0x200000

// A builder writes one object.
type builder struct {
	order binary.ByteOrder
	wide  bool
	body  bytes.Buffer // what follows the program headers
	start uint64
	strs  []byte
	progs []elf.Prog64
}

func (b *builder) num(size int, v uint64) []byte {
	out := make([]byte, 8)
	switch size {
	case 2:
		b.order.PutUint16(out, uint16(v))
	case 4:
		b.order.PutUint32(out, uint32(v))
	default:
		b.order.PutUint64(out, v)
	}
	return out[:size]
}

func (b *builder) word(v uint64) []byte {
	if b.wide {
		return b.num(8, v)
	}
	return b.num(4, v)
}

func (b *builder) str(s string) uint64 {
	at := len(b.strs)
	b.strs = append(append(b.strs, s...), 0)
	return uint64(at)
}

// put appends a part at a multiple of 8 and returns its offset.
func (b *builder) put(part []byte) uint64 {
	for b.body.Len()%8 != 0 {
		b.body.WriteByte(0)
	}
	off := b.start + uint64(b.body.Len())
	b.body.Write(part)
	return off
}

func (b *builder) segment(t elf.ProgType, f elf.ProgFlag, part []byte) uint64 {
	off := b.put(part)
	b.progs = append(b.progs, elf.Prog64{Type: uint32(t), Flags: uint32(f), Off: off, Filesz: uint64(len(part)), Align: 8})
	return off
}

// Object writes an object. It is the inverse of elfobj.Read, down to the order of lists.
// Names must not hold NUL, nor entries of search paths colons.
func Object(o *elfobj.Object) []byte {
	b := &builder{order: binary.LittleEndian, wide: o.Class == elf.ELFCLASS64, strs: []byte{0}}
	if o.Data == elf.ELFDATA2MSB {
		b.order = binary.BigEndian
	}
	ehsize, phsize := uint64(52), uint64(32)
	if b.wide {
		ehsize, phsize = 64, 56
	}
	b.start = ehsize + 8*phsize // room for eight program headers
	if o.Interp != "" {
		b.segment(elf.PT_INTERP, elf.PF_R, append([]byte(o.Interp), 0))
	}
	if o.HasStack {
		f := elf.PF_R | elf.PF_W
		if o.ExecStack {
			f |= elf.PF_X
		}
		b.progs = append(b.progs, elf.Prog64{Type: uint32(elf.PT_GNU_STACK), Flags: uint32(f)})
	}
	if o.Dlopen != nil {
		b.segment(elf.PT_NOTE, elf.PF_R, b.dlopenNote(o.Dlopen))
	}
	if o.Dynamic {
		b.segment(elf.PT_DYNAMIC, elf.PF_R|elf.PF_W, b.dynamic(o))
	}
	size := b.start + uint64(b.body.Len())
	b.progs = append([]elf.Prog64{{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Filesz: size, Align: 4096}}, b.progs...)
	return b.file(o, phsize)
}

func (b *builder) dynamic(o *elfobj.Object) []byte {
	var list []byte
	add := func(tag elf.DynTag, val uint64) {
		list = append(list, b.word(uint64(tag))...)
		list = append(list, b.word(val)...)
	}
	filters := o.Filters
	for i := 0; i <= len(o.Needed); i++ {
		for ; len(filters) > 0 && filters[0].Before == i; filters = filters[1:] {
			tag := elf.DT_FILTER
			if filters[0].Auxiliary {
				tag = elf.DT_AUXILIARY
			}
			add(tag, b.str(filters[0].Name))
		}
		if i < len(o.Needed) {
			add(elf.DT_NEEDED, b.str(o.Needed[i]))
		}
	}
	if o.Audit != nil { // all but the last in the one, the last in the other
		n := len(o.Audit) - 1
		add(elf.DT_DEPAUDIT, b.str(o.Audit[n]))
		add(elf.DT_AUDIT, b.str(strings.Join(o.Audit[:n], ":")))
	}
	if o.Soname != "" {
		add(elf.DT_SONAME, b.str(o.Soname))
	}
	if o.Rpath != nil {
		add(elf.DT_RPATH, b.str(strings.Join(o.Rpath, ":")))
	}
	if o.Runpath != nil {
		add(elf.DT_RUNPATH, b.str(strings.Join(o.Runpath, ":")))
	}
	var flags elf.DynFlag1
	if o.NoDefLib {
		flags |= elf.DF_1_NODEFLIB
	}
	if o.PIE {
		flags |= elf.DF_1_PIE
	}
	if o.OriginFlag {
		flags |= elf.DF_1_ORIGIN
	}
	add(elf.DT_FLAGS_1, uint64(flags))
	if len(o.Verneed) > 0 || o.HasVerdef {
		add(elf.DT_VERSYM, Base)
	}
	if len(o.Verneed) > 0 {
		add(elf.DT_VERNEED, Base+b.put(b.verneed(o.Verneed)))
		add(elf.DT_VERNEEDNUM, uint64(len(o.Verneed)))
	}
	if o.HasVerdef {
		add(elf.DT_VERDEF, Base+b.put(b.verdef(o)))
		add(elf.DT_VERDEFNUM, uint64(len(o.Verdef)+1))
	}
	add(elf.DT_STRSZ, uint64(len(b.strs)))
	add(elf.DT_STRTAB, Base+b.put(b.strs))
	add(elf.DT_NULL, 0)
	return list
}

func (b *builder) verneed(needs []elfobj.Verneed) (out []byte) {
	for i, n := range needs {
		next := uint64(16 + 16*len(n.Versions))
		if i == len(needs)-1 {
			next = 0
		}
		out = append(out, b.num(2, 1)...)
		out = append(out, b.num(2, uint64(len(n.Versions)))...)
		out = append(out, b.num(4, b.str(n.File))...)
		out = append(out, b.num(4, 16)...)
		out = append(out, b.num(4, next)...)
		for j, v := range n.Versions {
			flags, next := uint64(0), uint64(16)
			if v.Weak {
				flags = 2
			}
			if j == len(n.Versions)-1 {
				next = 0
			}
			out = append(out, b.num(4, hashOf(v.Name))...)
			out = append(out, b.num(2, flags)...)
			out = append(out, b.num(2, 2)...)
			out = append(out, b.num(4, b.str(v.Name))...)
			out = append(out, b.num(4, next)...)
		}
	}
	return out
}

func (b *builder) verdef(o *elfobj.Object) (out []byte) {
	for i, name := range append([]string{o.Soname}, o.Verdef...) {
		flags, next := uint64(0), uint64(28)
		if i == 0 {
			flags = 1 // the base version
		}
		if i == len(o.Verdef) {
			next = 0
		}
		for _, f := range []struct {
			size int
			v    uint64
		}{{2, 1}, {2, flags}, {2, uint64(i + 1)}, {2, 1}, {4, hashOf(name)}, {4, 20}, {4, next}, {4, b.str(name)}, {4, 0}} {
			out = append(out, b.num(f.size, f.v)...)
		}
	}
	return out
}

// hashOf is the hash function as the gABI has it, in C.
func hashOf(name string) uint64 {
	var h, g uint64
	for _, c := range []byte(name) {
		h = h<<4 + uint64(c)
		if g = h & 0xf0000000; g != 0 {
			h ^= g >> 24
		}
		h &^= g
	}
	return h
}

func (b *builder) dlopenNote(list []elfobj.Dlopen) []byte {
	type entry struct {
		Soname   []string `json:"soname"`
		Feature  string   `json:"feature"`
		Priority string   `json:"priority"`
	}
	var entries []entry
	for _, d := range list {
		entries = append(entries, entry{d.Sonames, d.Feature, d.Priority})
	}
	text, _ := json.Marshal(entries)
	text = append(text, 0)
	// Another note comes first, so that the alignment of the segment counts.
	out := append(b.num(4, 4), b.num(4, 4)...)
	out = append(out, b.num(4, 3)...)
	out = append(out, "GNU\x00\x01\x02\x03\x04\x00\x00\x00\x00"...)
	out = append(append(out, b.num(4, 4)...), b.num(4, uint64(len(text)))...)
	out = append(out, b.num(4, 0x407c0c0a)...)
	return append(append(out, "FDO\x00"...), text...)
}

func (b *builder) file(o *elfobj.Object, phsize uint64) []byte {
	var out bytes.Buffer
	out.WriteString(elf.ELFMAG)
	out.Write([]byte{byte(o.Class), byte(o.Data), 1, byte(o.OSABI), o.ABIVersion, 0, 0, 0, 0, 0, 0, 0})
	write := func(parts ...[]byte) {
		for _, p := range parts {
			out.Write(p)
		}
	}
	write(b.num(2, uint64(o.Type)), b.num(2, uint64(o.Machine)), b.num(4, 1))
	ehsize := b.start - 8*phsize
	write(b.word(0), b.word(ehsize), b.word(0), b.num(4, uint64(o.Flags)))
	write(b.num(2, ehsize), b.num(2, phsize), b.num(2, uint64(len(b.progs))), b.num(2, 0), b.num(2, 0), b.num(2, 0))
	for _, p := range b.progs {
		addr := Base + p.Off
		write(b.num(4, uint64(p.Type)))
		if b.wide {
			write(b.num(4, uint64(p.Flags)))
		}
		write(b.word(p.Off), b.word(addr), b.word(addr), b.word(p.Filesz), b.word(p.Filesz))
		if !b.wide {
			write(b.num(4, uint64(p.Flags)))
		}
		write(b.word(p.Align))
	}
	for uint64(out.Len()) < b.start {
		out.WriteByte(0)
	}
	write(b.body.Bytes())
	return out.Bytes()
}

// Sample is an object with something in every field.
func Sample() *elfobj.Object {
	return &elfobj.Object{
		Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, Type: elf.ET_DYN,
		OSABI: elf.ELFOSABI_LINUX, ABIVersion: 2,
		Interp: "/lib64/ld-linux-x86-64.so.2", Dynamic: true,
		Needed: []string{"libm.so.6", "libc.so.6"}, Soname: "libsample.so.1",
		Filters: []elfobj.Filter{{Name: "libfilter.so"}, {Name: "libaux.so", Auxiliary: true, Before: 1}, {Name: "libmore.so", Before: 1}},
		Audit:   []string{"libaudit.so", "/audit.so", "libdepaudit.so"},
		Rpath:   []string{"$ORIGIN", "", "/opt/lib"}, Runpath: []string{""}, NoDefLib: true, PIE: true, OriginFlag: true,
		Verneed: []elfobj.Verneed{
			{File: "libc.so.6", Versions: []elfobj.Version{{Name: "GLIBC_2.2.5"}, {Name: "GLIBC_2.38", Weak: true}}},
			{File: "libm.so.6", Versions: []elfobj.Version{{Name: "GLIBC_2.29"}}},
		},
		Verdef: []string{"SAMPLE_1", "SAMPLE_2"}, HasVerdef: true,
		HasStack: true, ExecStack: true,
		BuildID: "01020304",
		Dlopen:  []elfobj.Dlopen{{Sonames: []string{"libzstd.so.1", "libzstd.so.0"}, Feature: "zstd", Priority: "suggested"}},
	}
}

// Notes returns the notes of a PT_NOTE of a 64-bit object with .note.dlopen.
func Notes(list []elfobj.Dlopen) []byte { return little().dlopenNote(list) }

// Versions returns the records of DT_VERNEED and DT_VERDEF of a 64-bit object, whose
// names begin at the start of the string table.
func Versions(needs []elfobj.Verneed, defines *elfobj.Object) (verneed, verdef []byte) {
	b := little()
	return b.verneed(needs), b.verdef(defines)
}

func little() *builder { return &builder{order: binary.LittleEndian, wide: true} }
