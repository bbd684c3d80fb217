package elfcheck

import (
	"debug/elf"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// tables compares the tables of PT_DYNAMIC. One that was moved is compared in its new
// place, and its old place is free; the string and symbol tables are compared so in any
// case, for not all of them stays; the rest is compared as memory.
func (c *comparison) tables() {
	symbols := c.symbolTable()
	done := map[elf.DynTag]bool{}
	for _, e := range c.old.entries {
		to, ok := c.new.tags[e.tag]
		size, is := c.tableSize(e.tag, symbols)
		if !ok || !is || done[e.tag] {
			continue
		}
		done[e.tag] = true
		from := c.old.tags[e.tag]
		off, n := elfimage.FileRun(c.old.mem, from)
		size = min(max(size, c.sections.SizeAt(from)), n)
		if size == 0 {
			if to != from {
				c.add("%s: was moved, and how long it is cannot be told", e.tag)
			}
			continue
		}
		switch {
		case c.allowed.Symbols && ofSymbols(e.tag):
			c.free = append(c.free, elfimage.Between(from, from+size))
			continue
		case from == to && e.tag != elf.DT_SYMTAB && e.tag != elf.DT_STRTAB:
			continue
		}
		newOff, n := elfimage.FileRun(c.new.mem, to)
		if n < size {
			c.add("%s: %#x bytes at address %#x are not mapped from the file", e.tag, size, to)
			continue
		}
		c.free = append(c.free, elfimage.Between(from, from+size))
		s := span{
			old: elfimage.Extent{Addr: from, Size: size, Off: off}, new: elfimage.Extent{Addr: to, Size: size, Off: newOff}, table: e.tag.String(),
		}
		switch e.tag {
		case elf.DT_SYMTAB:
			s.symbols = symbols
			c.spans = append(c.spans, s)
		case elf.DT_STRTAB:
			for _, r := range elfimage.Between(0, size).Without(symbols.names) {
				part := s
				part.old, part.new = s.old.Cut(from+r.From, from+r.To), s.new.Cut(to+r.From, to+r.To)
				part.start = r.From
				c.spans = append(c.spans, part)
			}
		default:
			c.spans = append(c.spans, s)
		}
	}
}

// ofSymbols reports whether a table changes with the dynamic symbols.
func ofSymbols(tag elf.DynTag) bool {
	return movable(tag) && tag != elf.DT_STRTAB
}

// tableSize returns how long a table of the old object is, 0 if that cannot be told, and
// whether the tag is that of a table that may move.
func (c *comparison) tableSize(tag elf.DynTag, symbols *symbolTable) (size uint64, is bool) {
	o := &c.old
	switch tag {
	case elf.DT_STRTAB:
		return o.tags[elf.DT_STRSZ], true
	case elf.DT_SYMTAB:
		return symbols.count * symbols.entry, true
	case elf.DT_VERSYM:
		return 2 * symbols.count, true
	case elf.DT_HASH:
		return symbols.hashSize, true
	case elf.DT_GNU_HASH:
		return symbols.gnuSize, true
	case dtMipsXHash:
		return 0, true
	case elf.DT_RELA:
		return o.tags[elf.DT_RELASZ], true
	case elf.DT_REL:
		return o.tags[elf.DT_RELSZ], true
	case elf.DT_JMPREL:
		return o.tags[elf.DT_PLTRELSZ], true
	case elf.DT_INIT_ARRAY:
		return o.tags[elf.DT_INIT_ARRAYSZ], true
	case elf.DT_FINI_ARRAY:
		return o.tags[elf.DT_FINI_ARRAYSZ], true
	case elf.DT_PREINIT_ARRAY:
		return o.tags[elf.DT_PREINIT_ARRAYSZ], true
	case elf.DT_VERNEED, elf.DT_VERDEF:
		return o.versionsEnd(tag), true
	}
	return 0, false
}

// versionsEnd returns the length of a table of versions, without what it has behind the
// last record that its chains reach.
func (m *mapped) versionsEnd(tag elf.DynTag) uint64 {
	start, limit := elfimage.FileRun(m.mem, m.tags[tag])
	end := uint64(0)
	record, auxAt, nextAt := uint64(elfimage.VerneedSize), 8, 12
	auxSize := uint64(elfimage.VernauxSize)
	auxNext := 12
	if tag == elf.DT_VERDEF {
		record, auxAt, nextAt, auxSize, auxNext = elfimage.VerdefSize, 12, 16, elfimage.VerdauxSize, 4
	}
	records := 0 // of both kinds: aux records may be shared without end
	walk := func(at, size uint64, next int, visit func(at uint64, rec []byte)) {
		for ; records < elfimage.MaxVersions && at+size <= limit; records++ {
			rec, err := m.Bytes(start+at, size, tag.String())
			if err != nil {
				return
			}
			end = max(end, at+size)
			step := uint64(m.Order.Uint32(rec[next:]))
			if visit != nil {
				visit(at, rec)
			}
			if step == 0 {
				return
			}
			at += step
		}
	}
	walk(0, record, nextAt, func(at uint64, rec []byte) {
		walk(at+uint64(m.Order.Uint32(rec[auxAt:])), auxSize, auxNext, nil)
	})
	return end
}
