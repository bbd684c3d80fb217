package elfobj

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"slices"
)

// headers compares what the ELF header says of the program (gABI chapter 4), and frees
// the header.
func (c *comparison) headers() {
	size := uint64(52)
	if c.old.is64() {
		size = 64
	}
	c.freeOff = append(c.freeOff, region{0, size})
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
	b, err := m.bytes(0, size, "the ELF header")
	if err != nil {
		return make([]byte, size)
	}
	b = slices.Clone(b)
	word := int(m.wordSize())
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
func (m *mapped) otherSegments() []prog {
	var out []prog
	for _, p := range m.progs {
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
	entry := uint64(32)
	if c.old.is64() {
		entry = 56
	}
	c.freeOff = append(c.freeOff, region{c.old.phoff, c.old.phoff + entry*uint64(len(c.old.progs))})
	var taken []region
	for _, s := range c.sections.list {
		if s.mapped() {
			taken = append(taken, region{s.Off, s.Off + s.Size})
		}
	}
	taken = merged(taken)
	c.freeOff = append(c.freeOff, c.sections.table.without(taken)...)
	for _, s := range c.sections.list {
		if s.Type == elf.SHT_SYMTAB && s.Flags&elf.SHF_ALLOC == 0 && s.Off+s.Size > s.Off {
			c.freeOff = append(c.freeOff, region{s.Off, s.Off + s.Size}.without(taken)...)
		}
	}
}

// interp frees the old PT_INTERP where it is written anew. What the new one says the
// caller compares.
func (c *comparison) interp() {
	place := func(m mapped) (p prog) {
		for _, p := range m.progs {
			if p.Type == elf.PT_INTERP && p.Filesz > 0 {
				return p
			}
		}
		return prog{}
	}
	was, now := place(c.old), place(c.new)
	if was.Filesz == 0 || !c.allowed.Interp && was.Vaddr == now.Vaddr && was.Filesz == now.Filesz {
		return
	}
	off, n := fileRun(c.old.mem, was.Vaddr)
	text, err := c.old.bytes(off, min(n, was.Filesz, maxName), "PT_INTERP")
	if err != nil {
		return
	}
	c.free = append(c.free, region{was.Vaddr, was.Vaddr + stringAndZeros(text)})
}

// stringAndZeros returns the length of the string at the start of b with the zeros that
// follow it.
func stringAndZeros(b []byte) uint64 {
	n := bytes.IndexByte(b, 0)
	for n >= 0 && n < len(b) && b[n] == 0 {
		n++
	}
	return uint64(max(n, 0))
}

// maxPadding is the longest run of zeros between two parts that counts as padding.
const maxPadding = minPageSize

// withPadding adds to what is free the zeros beside it that no section claims: patchelf
// clears or uses them.
func (c *comparison) withPadding(free []region) []region {
	for _, r := range c.freeOff { // headers, where they are mapped
		for _, e := range c.old.mem {
			if !e.zero && e.off < r.to && r.from < e.off+e.size {
				from := max(r.from, e.off)
				free = append(free, region{e.addr + (from - e.off), e.addr + (min(r.to, e.off+e.size) - e.off)})
			}
		}
	}
	free = merged(free)
	if len(c.sections.list) == 0 {
		return free
	}
	claimed := merged(append(c.sections.claimed(), free...))
	if first := c.firstClaim(claimed); first.to > first.from {
		free = append(free, first)
	}
	for _, r := range slices.Clone(free) {
		for _, gap := range (region{r.from - min(r.from, maxPadding), r.to + maxPadding}).without(claimed) {
			if gap.from == r.to {
				free = append(free, region{gap.from, gap.from + c.zeros(gap)})
			} else if gap.to == r.from {
				free = append(free, region{gap.to - c.zerosBefore(gap), gap.to})
			}
		}
	}
	return merged(free)
}

// firstClaim returns the memory between the ELF header and the first section or other
// part. patchelf up to 0.18 puts its program headers there, even where those lay elsewhere
// and left anything behind.
func (c *comparison) firstClaim(claimed []region) region {
	for _, e := range c.old.mem {
		if e.zero || e.off > 0 {
			continue
		}
		gaps := (region{e.addr, min(e.end(), e.addr+maxPadding)}).without(claimed)
		if len(gaps) > 0 && gaps[0].from == c.ends(e.addr, claimed) {
			return gaps[0]
		}
	}
	return region{}
}

// ends returns the end of the claimed region that contains an address.
func (c *comparison) ends(addr uint64, claimed []region) uint64 {
	for _, r := range claimed {
		if r.from <= addr && addr < r.to {
			return r.to
		}
	}
	return 0
}

// padding returns the bytes of the old memory in r as far as they are in the file.
func (c *comparison) padding(r region) []byte {
	off, n := fileRun(c.old.mem, r.from)
	b, err := c.old.bytes(off, min(n, r.to-r.from), "padding")
	if err != nil {
		return nil
	}
	return b
}

// zeros returns how many zeros r begins with.
func (c *comparison) zeros(r region) uint64 {
	b := c.padding(r)
	return uint64(len(b) - len(bytes.TrimLeft(b, "\x00XZ")))
}

// zerosBefore returns how many zeros r ends with.
func (c *comparison) zerosBefore(r region) uint64 {
	b := c.padding(r)
	if uint64(len(b)) < r.to-r.from {
		return 0
	}
	return uint64(len(b) - len(bytes.TrimRight(b, "\x00XZ")))
}

// notes frees the old place of each note that a PT_NOTE of new has too. What lies in a
// PT_NOTE need not have the form of notes (.note.apsw of apsw is a text), and patchelf may
// give each section of one a PT_NOTE of its own.
func (c *comparison) notes() {
	now := map[[sha256.Size]byte]bool{}
	c.new.eachNote(func(_ region, sum [sha256.Size]byte) { now[sum] = true })
	free := func(r region, sum [sha256.Size]byte) {
		if now[sum] {
			c.free = append(c.free, r)
		}
	}
	c.old.eachNote(free)
	for _, s := range c.sections.list {
		if s.Type == elf.SHT_NOTE && s.mapped() && c.old.inNote(s) {
			c.old.wholeNote(region{s.Addr, s.Addr + s.Size}, free)
		}
	}
	// A note that new lacks is not free, so where patchelf has written over it, it is
	// found as bytes that changed.
}

// inNote reports whether a section lies in a PT_NOTE.
func (m *mapped) inNote(s section) bool {
	return slices.ContainsFunc(m.progs, func(p prog) bool {
		return p.Type == elf.PT_NOTE && s.Addr >= p.Vaddr && s.Addr-p.Vaddr <= p.Filesz && s.Size <= p.Filesz-(s.Addr-p.Vaddr)
	})
}

// wholeNote calls f for a region as for one note.
func (m *mapped) wholeNote(r region, f func(r region, sum [sha256.Size]byte)) {
	off, n := fileRun(m.mem, r.from)
	size := r.to - r.from
	if size == 0 || size > min(n, maxNote) {
		return
	}
	if m.hashed += size; m.hashed <= 4*m.size {
		if text, err := m.bytes(off, size, "PT_NOTE"); err == nil {
			f(r, sha256.Sum256(text))
		}
	}
}

// eachNote calls f for each PT_NOTE as a whole and for the notes in it, with their memory
// and the hash of what they say.
func (m *mapped) eachNote(f func(r region, sum [sha256.Size]byte)) {
	count := 0
	for _, p := range m.progs {
		if p.Type != elf.PT_NOTE {
			continue
		}
		off, n := fileRun(m.mem, p.Vaddr)
		n = min(n, p.Filesz)
		if n > maxNote {
			continue
		}
		m.wholeNote(region{p.Vaddr, p.Vaddr + n}, f)
		align := uint64(4)
		if p.Align == 8 {
			align = 8
		}
		for at := uint64(0); n-at >= 12 && count < maxNotes; count++ {
			h, err := m.bytes(off+at, 12, "PT_NOTE")
			if err != nil {
				return
			}
			desc := alignUp(12+uint64(m.order.Uint32(h)), align)
			size := desc + uint64(m.order.Uint32(h[4:]))
			if size > n-at {
				break
			}
			if m.hashed += size; m.hashed > 4*m.size {
				return
			}
			text, err := m.bytes(off+at, size, "PT_NOTE")
			if err != nil {
				return
			}
			next := min(at+alignUp(size, align), n)
			f(region{p.Vaddr + at, p.Vaddr + next}, sha256.Sum256(text))
			at = next
		}
	}
}
