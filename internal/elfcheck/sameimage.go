package elfcheck

import (
	"debug/elf"
	"fmt"
	"io"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// An Allowed says what an edit may change of what an object says to the loader. Where
// things lie in the file, patchelf may change too.
type Allowed struct {
	Interp  bool // PT_INTERP
	Runpath bool // DT_RPATH and DT_RUNPATH
	Needed  bool // DT_NEEDED, and with it the libraries of DT_VERNEED
	Soname  bool // DT_SONAME
	Flags   bool // DT_FLAGS and DT_FLAGS_1
	Debug   bool // DT_DEBUG
	Symbols bool // the dynamic symbols, their versions and what finds them
	Header  bool // EI_OSABI
}

// SameImage returns how an object differs from what it was before an edit in anything
// that code sees of it: each byte that a PT_LOAD mapped before has the same value at the
// same address and the same rights, and the dynamic symbols, their versions and the
// relocations, read through PT_DYNAMIC as the loader does, are equal one by one.
//
// What patchelf moves is looked for in its new place, and its old place may hold
// anything: PT_INTERP, PT_DYNAMIC, notes, and the tables of PT_DYNAMIC that it moves.
// Besides, the ELF header, the program headers and the section headers may change, zeros
// between such parts that no section claims, the string of the search path, and of a
// symbol the index of its section. CheckLayout and SameDynamic are for the caller.
//
// Each byte of after is read once, in order, and written to sum, unless that is nil. It
// takes memory for a few blocks, and time for one comparison of the files. The error is
// of reading; one of sum is ignored.
func SameImage(before, after io.ReaderAt, sizeBefore, sizeAfter int64, allowed Allowed, sum io.Writer) ([]Damage, error) {
	c := &comparison{allowed: allowed}
	for _, f := range []struct {
		to   *mapped
		r    io.ReaderAt
		size int64
	}{{&c.old, before, sizeBefore}, {&c.new, after, sizeAfter}} {
		err := f.to.read(f.r, f.size)
		if f.to.Image != nil {
			defer f.to.Release()
		}
		if err != nil {
			return []Damage{{damageText(err)}}, nil
		}
	}
	c.sections = c.old.ReadSections()
	c.headers()
	c.segments()
	c.dynamic()
	c.notes()
	c.interp()
	c.files()
	c.memoryImage()
	err := c.run(sum)
	return c.damages(), err
}

// A mapped is an object with its memory and the entries of its PT_DYNAMIC.
type mapped struct {
	*elfimage.Image
	mem     []elfimage.Extent
	segment elfimage.Region // PT_DYNAMIC
	entries []dynEntry
	tags    map[elf.DynTag]uint64 // the last value of each
	hashed  uint64                // bytes of notes; headers may show one part again and again
}

// A dynEntry is one entry of PT_DYNAMIC.
type dynEntry struct {
	tag  elf.DynTag
	val  uint64
	addr uint64 // of the entry itself
}

func (m *mapped) read(r io.ReaderAt, size int64) (err error) {
	if m.Image, err = elfimage.Read(elfimage.NewSource(r, size)); err != nil {
		return err
	}
	if m.mem, err = m.Memory(); err != nil {
		return err
	}
	m.tags = map[elf.DynTag]uint64{}
	for _, p := range m.Progs {
		if p.Type != elf.PT_DYNAMIC || p.Filesz == 0 || m.segment.To > 0 {
			continue
		}
		off, n := elfimage.FileRun(m.mem, p.Vaddr)
		m.segment = elfimage.Between(p.Vaddr, p.Vaddr+min(n, p.Filesz))
		_, err := m.EachDynamic(off, min(n, p.Filesz), func(tag elf.DynTag, val uint64) {
			addr := p.Vaddr + uint64(len(m.entries))*m.WordSize()*2
			m.entries = append(m.entries, dynEntry{tag, val, addr})
			m.tags[tag] = val
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// A comparison is what SameImage has found out so far.
type comparison struct {
	old, new mapped
	allowed  Allowed
	sections elfimage.Sections // of old

	free    []elfimage.Region // of the old memory: what may hold anything now
	freeOff []elfimage.Region // of the old file, likewise
	spans   []span

	found   []string
	changed []elfimage.Region // of the old memory
}

func (c *comparison) add(format string, args ...any) {
	if len(c.found) <= maxDamages {
		c.found = append(c.found, fmt.Sprintf(format, args...))
	}
}

// where names a part of the old memory, with its sections.
func (c *comparison) where(r elfimage.Region) string {
	text := fmt.Sprintf("address %#x to %#x", r.From, r.To)
	names := c.old.NamesAt(c.sections, r)
	if n := len(names); n > 3 {
		names = append(names[:2], "…", names[n-1])
	}
	if len(names) > 0 {
		text += " (" + strings.Join(names, ", ") + ")"
	}
	return text
}

// differs notes that n bytes at i of a span are not what they were.
func (c *comparison) differs(s *span, i, n uint64) {
	if s.table != "" {
		c.add("%s: bytes %#x to %#x are not what they were", s.table, s.start+i, s.start+i+n)
		return
	}
	r := elfimage.Between(s.old.Addr+i, s.old.Addr+i+n)
	if n := len(c.changed); n > 0 && c.changed[n-1].From <= r.From && r.From <= c.changed[n-1].To+16 {
		c.changed[n-1].To = max(c.changed[n-1].To, r.To)
	} else if n < maxDamages {
		c.changed = append(c.changed, r)
	}
}

// damages returns what was found.
func (c *comparison) damages() []Damage {
	var out []Damage
	for _, r := range elfimage.Merged(c.changed) {
		out = append(out, Damage{c.where(r) + ": not the bytes that were there"})
	}
	for _, text := range c.found {
		out = append(out, Damage{text})
	}
	return out
}
