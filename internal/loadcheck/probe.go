package loadcheck

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
)

// A layout writes the words of one class and byte order.
type layout struct {
	bytes.Buffer
	order binary.AppendByteOrder
	wide  bool
}

func (b *layout) half(v uint16) { b.Write(b.order.AppendUint16(nil, v)) }
func (b *layout) word(v uint32) { b.Write(b.order.AppendUint32(nil, v)) }

// addr writes an address, offset or size.
func (b *layout) addr(v int) {
	if b.wide {
		b.Write(b.order.AppendUint64(nil, uint64(v)))
	} else {
		b.word(uint32(v))
	}
}

func (b *layout) zero(n int) { b.Write(make([]byte, n)) }

// align pads to a multiple of eight.
func (b *layout) align() int {
	b.zero(-b.Len() & 7)
	return b.Len()
}

// segment writes one program header. Offset and address are the same.
func (b *layout) segment(kind elf.ProgType, flags elf.ProgFlag, at, size, align int) {
	b.word(uint32(kind))
	if b.wide {
		b.word(uint32(flags))
	}
	for range 3 {
		b.addr(at)
	}
	b.addr(size)
	b.addr(size)
	if !b.wide {
		b.word(uint32(flags))
	}
	b.addr(align)
}

// section writes one section header.
func (b *layout) section(name int, kind elf.SectionType, at, size int) {
	b.word(uint32(name))
	b.word(uint32(kind))
	b.addr(0)
	b.addr(at)
	b.addr(at)
	b.addr(size)
	b.word(0)
	b.word(0)
	b.addr(1)
	b.addr(0)
}

// sizes of the headers of a class.
func (b *layout) sizes() (header, segment, section, symbol int) {
	if b.wide {
		return 64, 56, 64, 24
	}
	return 52, 32, 40, 16
}

const segments = 5

// A SearchPath is the DT_RUNPATH of a probe, or its DT_RPATH.
type SearchPath struct {
	Dirs  []string // absolute
	Rpath bool     // it is a DT_RPATH
}

// tag returns the entry of the dynamic section that it is.
func (s SearchPath) tag() elf.DynTag {
	if s.Rpath {
		return elf.DT_RPATH
	}
	return elf.DT_RUNPATH
}

// probe returns the smallest executable of the target's machine that a dynamic
// loader takes (gABI chapters 4 and 5), with the libraries needed as DT_NEEDED.
// One PT_LOAD holds everything:
//
//	ELF header, program headers, interpreter, strings, symbol, hash, dynamic
//	section, then, for u-root alone, section headers
func probe(target Target, interpreter string, search SearchPath, needed ...string) []byte {
	b := &layout{order: binary.LittleEndian, wide: target.Class == elf.ELFCLASS64}
	if target.Data == elf.ELFDATA2MSB {
		b.order = binary.BigEndian
	}
	header, segment, section, symbol := b.sizes()

	// The parts behind the headers, each at the offset that it has in the file.
	body := &layout{order: b.order, wide: b.wide}
	body.zero(header + segments*segment)
	interp := body.Len()
	body.WriteString(interpreter + "\x00")
	interpSize := body.Len() - interp
	strs := body.Len()
	body.WriteString("\x00")
	names := make([]int, len(needed)) // offsets in the string table
	for i, name := range needed {
		names[i] = body.Len() - strs
		body.WriteString(name + "\x00")
	}
	path := 0
	if len(search.Dirs) > 0 {
		path = body.Len() - strs
		body.WriteString(strings.Join(search.Dirs, ":") + "\x00")
	}
	strsSize := body.Len() - strs
	syms := body.align()
	body.zero(symbol)
	hash := body.align()
	body.gnuHash()
	dynamic := body.align()
	body.dynamic(names, search.tag(), path, strs, strsSize, syms, symbol, hash)
	dynamicSize := body.Len() - dynamic
	end := body.Len()
	sectionNames := body.Len()
	body.WriteString("\x00.interp\x00.shstrtab\x00")
	sectionNamesSize := body.Len() - sectionNames
	sections := body.align()
	body.zero(section)
	body.section(1, elf.SHT_PROGBITS, interp, interpSize)
	body.section(9, elf.SHT_STRTAB, sectionNames, sectionNamesSize)

	b.header(target, header, sections, segment, section)
	b.segment(elf.PT_PHDR, elf.PF_R, header, segments*segment, 8)
	b.segment(elf.PT_INTERP, elf.PF_R, interp, interpSize, 1)
	// 64 KiB is the largest page of all these machines. The loader writes into
	// the dynamic section.
	b.segment(elf.PT_LOAD, elf.PF_R|elf.PF_W, 0, end, 1<<16)
	b.segment(elf.PT_DYNAMIC, elf.PF_R|elf.PF_W, dynamic, dynamicSize, 8)
	b.segment(elf.PT_GNU_STACK, elf.PF_R|elf.PF_W, 0, 0, 16)
	return append(b.Bytes(), body.Bytes()[b.Len():]...)
}

// header writes the ELF header.
func (b *layout) header(target Target, size, sections, segment, section int) {
	b.WriteString(elf.ELFMAG)
	b.Write([]byte{byte(target.Class), byte(target.Data), byte(elf.EV_CURRENT)})
	b.zero(9)
	b.half(uint16(elf.ET_DYN))
	b.half(uint16(target.Machine))
	b.word(uint32(elf.EV_CURRENT))
	b.addr(0)
	b.addr(size)
	b.addr(sections)
	b.word(target.Flags)
	for _, v := range []int{size, segment, segments, section, 3, 2} {
		b.half(uint16(v))
	}
}

// gnuHash writes a DT_GNU_HASH of no symbols: musl looks into the hash of every
// object, and the words of DT_HASH are not of one size on all machines.
func (b *layout) gnuHash() {
	for _, v := range []uint32{1, 1, 1, 0} { // buckets, first symbol, bloom words, shift
		b.word(v)
	}
	b.addr(0) // a bloom filter that nothing passes
	b.word(0)
}

// dynamic writes the dynamic section.
func (b *layout) dynamic(needed []int, pathTag elf.DynTag, path, strs, strsSize, syms, symbol, hash int) {
	entry := func(tag elf.DynTag, v int) {
		b.addr(int(tag))
		b.addr(v)
	}
	for _, name := range needed {
		entry(elf.DT_NEEDED, name)
	}
	if path != 0 {
		entry(pathTag, path)
	}
	entry(elf.DT_STRTAB, strs)
	entry(elf.DT_STRSZ, strsSize)
	entry(elf.DT_SYMTAB, syms)
	entry(elf.DT_SYMENT, symbol)
	entry(elf.DT_GNU_HASH, hash)
	entry(elf.DT_NULL, 0)
}
