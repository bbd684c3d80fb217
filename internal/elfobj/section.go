package elfobj

import (
	"debug/elf"
	"slices"
)

// maxSections bounds the section headers of one file; real ones have some dozens.
const maxSections = 1 << 14

// maxSectionName bounds a name of a section; longer ones are not shown.
const maxSectionName = 100

// A section is one section header (gABI chapter 4). The loader reads none; patchelf
// goes by them, so a comparison of what it wrote with what was there does too. What
// they say is taken only as far as program headers and contents bear it out.
type section struct {
	name  uint32 // in the section name string table
	Type  elf.SectionType
	Flags elf.SectionFlag
	Addr  uint64
	Off   uint64
	Size  uint64
}

// mapped reports whether the section is a part of memory that comes from the file.
func (s section) mapped() bool {
	return s.Flags&elf.SHF_ALLOC != 0 && s.Type != elf.SHT_NOBITS && s.Type != elf.SHT_NULL && s.Size > 0 && s.Addr+s.Size > s.Addr
}

// sections are the section headers of a file.
type sections struct {
	list  []section
	table region // of the file, that of the headers
	names section
}

// readSections returns the section headers, none where they cannot be read.
func (img *image) readSections() sections {
	size, _, entry := img.entrySizes()
	h, err := img.bytes(0, size, "the ELF header")
	if err != nil {
		return sections{}
	}
	shoff, tail := uint64(0), h[46:]
	if img.is64() {
		shoff, tail = img.order.Uint64(h[40:]), h[58:]
	} else {
		shoff = uint64(img.order.Uint32(h[32:]))
	}
	count, names := uint64(img.order.Uint16(tail[2:])), int(img.order.Uint16(tail[4:]))
	if uint64(img.order.Uint16(tail)) != entry || count == 0 || count > maxSections || shoff > img.size {
		return sections{}
	}
	table, err := img.bytes(shoff, count*entry, "the section header table")
	if err != nil {
		return sections{}
	}
	s := sections{table: region{shoff, shoff + count*entry}}
	for ; len(table) > 0; table = table[entry:] {
		s.list = append(s.list, img.section(table))
	}
	if names < len(s.list) {
		s.names = s.list[names]
	}
	return s
}

func (img *image) section(b []byte) section {
	o := img.order
	s := section{name: o.Uint32(b), Type: elf.SectionType(o.Uint32(b[4:]))}
	if img.is64() {
		s.Flags, s.Addr = elf.SectionFlag(o.Uint64(b[8:])), o.Uint64(b[16:])
		s.Off, s.Size = o.Uint64(b[24:]), o.Uint64(b[32:])
		return s
	}
	w := func(i int) uint64 { return uint64(o.Uint32(b[4*i:])) }
	s.Flags, s.Addr, s.Off, s.Size = elf.SectionFlag(w(2)), w(3), w(4), w(5)
	return s
}

// sizeAt returns the size of the section that begins at an address, or 0.
func (s sections) sizeAt(addr uint64) uint64 {
	for _, x := range s.list {
		if x.mapped() && x.Addr == addr {
			return x.Size
		}
	}
	return 0
}

// claimed returns the memory that sections say is theirs.
func (s sections) claimed() []region {
	var out []region
	for _, x := range s.list {
		if x.mapped() {
			out = append(out, region{x.Addr, x.Addr + x.Size})
		}
	}
	return merged(out)
}

// namesAt returns the names of the sections that have bytes within r.
func (img *image) namesAt(s sections, r region) []string {
	var out []string
	for _, x := range s.list {
		nobits := x.Type == elf.SHT_NOBITS && x.Flags&(elf.SHF_ALLOC|elf.SHF_TLS) == elf.SHF_ALLOC
		if (!x.mapped() && !nobits) || x.Addr >= r.to || x.Addr+x.Size <= r.from || uint64(x.name) >= s.names.Size {
			continue
		}
		name, err := img.cstring(s.names.Off+uint64(x.name), min(s.names.Size-uint64(x.name), maxSectionName), "a section name")
		if err == nil && name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
