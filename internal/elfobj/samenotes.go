package elfobj

import (
	"crypto/sha256"
	"debug/elf"
	"slices"
)

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
