package elfcheck

import (
	"crypto/sha256"
	"debug/elf"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// maxNote bounds what is hashed as one note, in bytes.
const maxNote = 1 << 20

// notes frees the old place of each note that a PT_NOTE of new has too. What lies in a
// PT_NOTE need not have the form of notes (.note.apsw of apsw is a text), and patchelf may
// give each section of one a PT_NOTE of its own.
//
// patchelf moves a section of notes that lies in no PT_NOTE too, as programs of Go have one.
// What such a section says is free where a section of new says it.
func (c *comparison) notes() {
	segments, sections := map[[sha256.Size]byte]bool{}, map[[sha256.Size]byte]bool{}
	c.new.eachNote(func(_ elfimage.Region, sum [sha256.Size]byte) { segments[sum] = true })
	c.new.eachNoteSection(c.new.ReadSections(), func(_ elfimage.Region, sum [sha256.Size]byte) { sections[sum] = true })
	free := func(r elfimage.Region, sum [sha256.Size]byte) {
		if segments[sum] || !c.old.inNote(r) && sections[sum] {
			c.free = append(c.free, r)
		}
	}
	c.old.eachNote(free)
	c.old.eachNoteSection(c.sections, free)
	// A note that new lacks is not free, so where patchelf has written over it, it is
	// found as bytes that changed.
}

// eachNoteSection calls f for each section of notes as for one note.
func (m *mapped) eachNoteSection(sections elfimage.Sections, f func(r elfimage.Region, sum [sha256.Size]byte)) {
	for _, s := range sections.List {
		if s.Type == elf.SHT_NOTE && s.Mapped() {
			m.wholeNote(elfimage.Between(s.Addr, s.Addr+s.Size), f)
		}
	}
}

// inNote reports whether a part of the memory lies in a PT_NOTE.
func (m *mapped) inNote(r elfimage.Region) bool {
	return slices.ContainsFunc(m.Progs, func(p elfimage.Prog) bool {
		return p.Type == elf.PT_NOTE && r.From >= p.Vaddr && r.From-p.Vaddr <= p.Filesz && r.Size() <= p.Filesz-(r.From-p.Vaddr)
	})
}

// wholeNote calls f for a region as for one note.
func (m *mapped) wholeNote(r elfimage.Region, f func(r elfimage.Region, sum [sha256.Size]byte)) {
	off, n := elfimage.FileRun(m.mem, r.From)
	size := r.To - r.From
	if size == 0 || size > min(n, maxNote) {
		return
	}
	if m.hashed += size; m.hashed <= 4*m.Size {
		if text, err := m.Bytes(off, size, "PT_NOTE"); err == nil {
			f(r, sha256.Sum256(text))
		}
	}
}

// eachNote calls f for each PT_NOTE as a whole and for the notes in it, with their memory
// and the hash of what they say.
func (m *mapped) eachNote(f func(r elfimage.Region, sum [sha256.Size]byte)) {
	count := 0
	for _, p := range m.Progs {
		if p.Type != elf.PT_NOTE {
			continue
		}
		off, n := elfimage.FileRun(m.mem, p.Vaddr)
		n = min(n, p.Filesz)
		if n > maxNote {
			continue
		}
		m.wholeNote(elfimage.Between(p.Vaddr, p.Vaddr+n), f)
		for note, err := range m.Notes(elfimage.Between(off, off+n), p.Align) {
			if count++; err != nil || count > elfimage.MaxNotes {
				return
			}
			if m.hashed += note.Size(); m.hashed > 4*m.Size {
				return
			}
			text, err := m.Bytes(note.From, note.Size(), "PT_NOTE")
			if err != nil {
				return
			}
			f(elfimage.Between(p.Vaddr+note.From-off, p.Vaddr+note.Next-off), sha256.Sum256(text))
		}
	}
}
