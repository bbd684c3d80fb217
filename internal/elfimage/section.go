package elfimage

import (
	"debug/elf"
	"slices"
)

// maxSections bounds the section headers of one file; real ones have some dozens.
const maxSections = 1 << 14

// maxSectionName bounds a name of a section; longer ones are not shown.
const maxSectionName = 100

// A Section is one section header (gABI chapter 4). The loader reads none; patchelf
// goes by them, so a comparison of what it wrote with what was there does too. What
// they say is taken only as far as program headers and contents bear it out.
type Section struct {
	name  uint32 // in the section name string table
	Type  elf.SectionType
	Flags elf.SectionFlag
	Addr  uint64
	Off   uint64
	Size  uint64
}

// Mapped reports whether the section is a part of memory that comes from the file.
func (s Section) Mapped() bool {
	return s.Flags&elf.SHF_ALLOC != 0 && s.Type != elf.SHT_NOBITS && s.Type != elf.SHT_NULL && s.Size > 0 && s.Addr+s.Size > s.Addr
}

// Sections are the section headers of a file.
type Sections struct {
	List  []Section
	Table Region // of the file, that of the headers
	names Section
}

// ReadSections returns the section headers, none where they cannot be read.
func (img *Image) ReadSections() Sections {
	size, _, entry := img.EntrySizes()
	h, err := img.Bytes(0, size, "the ELF header")
	if err != nil {
		return Sections{}
	}
	shoff, tail := uint64(0), h[46:]
	if img.Is64() {
		shoff, tail = img.Order.Uint64(h[40:]), h[58:]
	} else {
		shoff = uint64(img.Order.Uint32(h[32:]))
	}
	count, names := uint64(img.Order.Uint16(tail[2:])), int(img.Order.Uint16(tail[4:]))
	if uint64(img.Order.Uint16(tail)) != entry || count == 0 || count > maxSections || shoff > img.Size {
		return Sections{}
	}
	table, err := img.Bytes(shoff, count*entry, "the Section header table")
	if err != nil {
		return Sections{}
	}
	s := Sections{Table: Region{shoff, shoff + count*entry}}
	for ; len(table) > 0; table = table[entry:] {
		s.List = append(s.List, img.section(table))
	}
	if names < len(s.List) {
		s.names = s.List[names]
	}
	return s
}

func (img *Image) section(b []byte) Section {
	o := img.Order
	s := Section{name: o.Uint32(b), Type: elf.SectionType(o.Uint32(b[4:]))}
	if img.Is64() {
		s.Flags, s.Addr = elf.SectionFlag(o.Uint64(b[8:])), o.Uint64(b[16:])
		s.Off, s.Size = o.Uint64(b[24:]), o.Uint64(b[32:])
		return s
	}
	w := func(i int) uint64 { return uint64(o.Uint32(b[4*i:])) }
	s.Flags, s.Addr, s.Off, s.Size = elf.SectionFlag(w(2)), w(3), w(4), w(5)
	return s
}

// SizeAt returns the size of the section that begins at an address, or 0.
func (s Sections) SizeAt(addr uint64) uint64 {
	for _, x := range s.List {
		if x.Mapped() && x.Addr == addr {
			return x.Size
		}
	}
	return 0
}

// Claimed returns the memory that sections say is theirs.
func (s Sections) Claimed() []Region {
	var out []Region
	for _, x := range s.List {
		if x.Mapped() {
			out = append(out, Region{x.Addr, x.Addr + x.Size})
		}
	}
	return Merged(out)
}

// NamesAt returns the names of the sections that have bytes within r.
func (img *Image) NamesAt(s Sections, r Region) []string {
	var out []string
	for _, x := range s.List {
		nobits := x.Type == elf.SHT_NOBITS && x.Flags&(elf.SHF_ALLOC|elf.SHF_TLS) == elf.SHF_ALLOC
		if (!x.Mapped() && !nobits) || x.Addr >= r.To || x.Addr+x.Size <= r.From || uint64(x.name) >= s.names.Size {
			continue
		}
		name, err := img.CString(s.names.Off+uint64(x.name), min(s.names.Size-uint64(x.name), maxSectionName), "a Section name")
		if err == nil && name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
