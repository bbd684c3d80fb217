package elfcheck

import (
	"bytes"
	"debug/elf"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// headers compares what the ELF header says of the program (gABI chapter 4), and frees
// the header.
func (c *comparison) headers() {
	size, _, _ := c.old.EntrySizes()
	c.freeOff = append(c.freeOff, elfimage.Between(0, size))
	was, now := c.old.header(size), c.new.header(size)
	if c.allowed.Header {
		was[elf.EI_OSABI] = now[elf.EI_OSABI]
	}
	if !bytes.Equal(was, now) {
		c.add("the ELF header is not what it was: %x, now %x", was, now)
	}
}

// header returns the ELF header without the places, numbers and string table of the
// program and section headers.
func (m *mapped) header(size uint64) []byte {
	b, err := m.Bytes(0, size, "the ELF header")
	if err != nil {
		return make([]byte, size)
	}
	b = slices.Clone(b)
	word := int(m.WordSize())
	clear(b[24+word : 24+3*word]) // e_phoff, e_shoff
	counts := b[24+3*word+4:]     // behind e_flags
	clear(counts[4:6])            // e_phnum
	clear(counts[8:12])           // e_shnum, e_shstrndx
	return b
}

// segments compares the program headers that patchelf has no reason to change, in any
// order.
func (c *comparison) segments() {
	was, now := c.old.otherSegments(), c.new.otherSegments()
	for _, p := range was {
		if i := slices.Index(now, p); i >= 0 {
			now = slices.Delete(now, i, i+1)
			continue
		}
		c.add("%s at address %#x is gone or changed", p.Type, p.Vaddr)
	}
	for _, p := range now {
		c.add("%s at address %#x is new or changed", p.Type, p.Vaddr)
	}
}

// otherSegments returns the segments of which patchelf moves no part. A size in the file
// of what is cleared anyway counts for nothing, and alignment for PT_TLS alone.
func (m *mapped) otherSegments() []elfimage.Prog {
	var out []elfimage.Prog
	for _, p := range m.Progs {
		switch p.Type {
		case elf.PT_NULL, elf.PT_LOAD, elf.PT_PHDR, elf.PT_INTERP, elf.PT_DYNAMIC, elf.PT_NOTE,
			elf.PT_GNU_STACK, elf.PT_GNU_PROPERTY, elf.PT_MIPS_ABIFLAGS:
			continue
		}
		p.Off = 0
		if p.Type != elf.PT_TLS {
			p.Align = 0
		}
		out = append(out, p)
	}
	return out
}

// files frees, in the old file, the tables of program and section headers and the
// symbol tables of debuggers, as far as no section that is mapped claims them.
func (c *comparison) files() {
	_, entry, _ := c.old.EntrySizes()
	c.freeOff = append(c.freeOff, elfimage.Between(c.old.Phoff, c.old.Phoff+entry*uint64(len(c.old.Progs))))
	var taken []elfimage.Region
	for _, s := range c.sections.List {
		if s.Mapped() {
			taken = append(taken, elfimage.Between(s.Off, s.Off+s.Size))
		}
	}
	taken = elfimage.Merged(taken)
	c.freeOff = append(c.freeOff, c.sections.Table.Without(taken)...)
	for _, s := range c.sections.List {
		if s.Type == elf.SHT_SYMTAB && s.Flags&elf.SHF_ALLOC == 0 && s.Off+s.Size > s.Off {
			c.freeOff = append(c.freeOff, elfimage.Between(s.Off, s.Off+s.Size).Without(taken)...)
		}
	}
}
