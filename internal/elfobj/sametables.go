package elfobj

import (
	"bytes"
	"debug/elf"
)

// These tags are not in debug/elf.
const (
	dtMipsXHash = 0x70000036 // DT_MIPS_XHASH
	dtMipsMap   = 0x70000035 // DT_MIPS_RLD_MAP_REL
)

// dynamic compares PT_DYNAMIC entry by entry, but for what may change, and the tables
// that it names.
func (c *comparison) dynamic() {
	was, now := c.lasting(&c.old), c.lasting(&c.new)
	for i := range max(len(was), len(now)) {
		switch {
		case i >= len(now):
			c.add("%s of PT_DYNAMIC is gone", was[i].tag)
		case i >= len(was):
			c.add("%s of PT_DYNAMIC is new", now[i].tag)
		case was[i].tag != now[i].tag:
			c.add("%s of PT_DYNAMIC is %s now", was[i].tag, now[i].tag)
		case !c.sameValue(was[i], now[i]):
			c.add("%s of PT_DYNAMIC is %#x, was %#x", was[i].tag, now[i].val, was[i].val)
		default:
			continue
		}
		return
	}
	c.freeDynamic()
	c.tables()
}

// lasting returns the entries that no edit may add, drop or put in another order.
func (c *comparison) lasting(m *mapped) []dynEntry {
	var out []dynEntry
	for _, e := range m.entries {
		switch e.tag {
		case elf.DT_NULL, elf.DT_RPATH, elf.DT_RUNPATH:
			continue // the caller compares what the search path is
		case elf.DT_NEEDED:
			if c.allowed.Needed {
				continue
			}
		case elf.DT_SONAME:
			if c.allowed.Soname {
				continue
			}
		case elf.DT_FLAGS, elf.DT_FLAGS_1:
			if c.allowed.Flags {
				continue
			}
		case elf.DT_DEBUG:
			if c.allowed.Debug {
				continue
			}
		case elf.DT_VERSYM, elf.DT_VERNEED, elf.DT_VERNEEDNUM, elf.DT_VERDEF, elf.DT_VERDEFNUM:
			if c.allowed.Symbols {
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

// sameValue reports whether two entries of one tag say the same, or may differ.
func (c *comparison) sameValue(was, now dynEntry) bool {
	switch was.tag {
	case elf.DT_STRSZ:
		return now.val >= was.val
	case elf.DT_INIT_ARRAY, elf.DT_FINI_ARRAY, elf.DT_PREINIT_ARRAY:
		// Relocations fill the old place, unless addresses are fixed.
		return was.val == now.val || c.old.Type == elf.ET_EXEC
	case dtMipsMap: // relative to its own place
		return was.val+was.addr == now.val+now.addr
	}
	return was.val == now.val || movable(was.tag)
}

// movable reports whether patchelf brings an entry up to date when it moves the table
// (rewriteHeaders of patchelf.cc).
func movable(tag elf.DynTag) bool {
	switch tag {
	case elf.DT_STRTAB, elf.DT_SYMTAB, elf.DT_HASH, elf.DT_GNU_HASH, dtMipsXHash, elf.DT_JMPREL, elf.DT_REL, elf.DT_RELA,
		elf.DT_VERNEED, elf.DT_VERSYM, elf.DT_VERDEF:
		return true
	}
	return false
}

// freeDynamic frees the old PT_DYNAMIC: its entries, and the zeros behind them that
// linkers leave.
func (c *comparison) freeDynamic() {
	r := c.old.segment
	used := r.from + uint64(len(c.old.entries))*2*c.old.wordSize()
	c.free = append(c.free, region{r.from, used})
	if rest := (region{used, r.to}); rest.from < rest.to {
		c.free = append(c.free, region{used, used + c.zeros(rest)})
	}
}

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
		off, n := fileRun(c.old.mem, from)
		size = min(max(size, c.sections.sizeAt(from)), n)
		if size == 0 {
			if to != from {
				c.add("%s: was moved, and how long it is cannot be told", e.tag)
			}
			continue
		}
		switch {
		case c.allowed.Symbols && ofSymbols(e.tag):
			c.free = append(c.free, region{from, from + size})
			continue
		case from == to && e.tag != elf.DT_SYMTAB && e.tag != elf.DT_STRTAB:
			continue
		}
		newOff, n := fileRun(c.new.mem, to)
		if n < size {
			c.add("%s: %#x bytes at address %#x are not mapped from the file", e.tag, size, to)
			continue
		}
		c.free = append(c.free, region{from, from + size})
		s := span{
			old: extent{addr: from, size: size, off: off}, new: extent{addr: to, size: size, off: newOff}, table: e.tag.String(),
		}
		switch e.tag {
		case elf.DT_SYMTAB:
			s.symbols = symbols
			c.spans = append(c.spans, s)
		case elf.DT_STRTAB:
			for _, r := range (region{0, size}).without(symbols.names) {
				part := s
				part.old, part.new = s.old.cut(from+r.from, from+r.to), s.new.cut(to+r.from, to+r.to)
				part.start = r.from
				c.spans = append(c.spans, part)
			}
		default:
			c.spans = append(c.spans, s)
		}
	}
}

// ofSymbols reports whether a table changes with the dynamic symbols.
func ofSymbols(tag elf.DynTag) bool {
	switch tag {
	case elf.DT_SYMTAB, elf.DT_HASH, elf.DT_GNU_HASH, dtMipsXHash, elf.DT_VERSYM, elf.DT_VERNEED, elf.DT_VERDEF,
		elf.DT_RELA, elf.DT_REL, elf.DT_JMPREL:
		return true
	}
	return false
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
	start, limit := fileRun(m.mem, m.tags[tag])
	end := uint64(0)
	record, auxAt, nextAt := uint64(verneedSize), 8, 12
	auxSize := uint64(vernauxSize)
	auxNext := 12
	if tag == elf.DT_VERDEF {
		record, auxAt, nextAt, auxSize, auxNext = verdefSize, 12, 16, verdauxSize, 4
	}
	records := 0 // of both kinds: aux records may be shared without end
	walk := func(at, size uint64, next int, visit func(at uint64, rec []byte)) {
		for ; records < maxVersions && at+size <= limit; records++ {
			rec, err := m.bytes(start+at, size, tag.String())
			if err != nil {
				return
			}
			end = max(end, at+size)
			step := uint64(m.order.Uint32(rec[next:]))
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
		walk(at+uint64(m.order.Uint32(rec[auxAt:])), auxSize, auxNext, nil)
	})
	return end
}

// symbolTable returns the dynamic symbol table of old, as long as its hash tables and
// section say (gABI chapter 5, "Hash Table"; the GNU hash table as ld writes it).
func (c *comparison) symbolTable() *symbolTable {
	o := &c.old
	t := &symbolTable{comparison: c, entry: 16}
	if o.is64() {
		t.entry = 24
	}
	if addr, ok := o.tags[elf.DT_HASH]; ok {
		t.readHash(addr)
	}
	if addr, ok := o.tags[elf.DT_GNU_HASH]; ok {
		t.readGNUHash(addr)
	}
	if _, ok := o.tags[elf.DT_MIPS_GOTSYM]; ok {
		t.count = max(t.count, o.tags[elf.DT_MIPS_SYMTABNO])
	}
	if addr, ok := o.tags[elf.DT_SYMTAB]; ok {
		t.count = max(t.count, c.sections.sizeAt(addr)/t.entry)
		_, n := fileRun(o.mem, addr)
		t.count = min(t.count, n/t.entry)
	}
	if c.allowed.Runpath {
		t.findNames()
	}
	return t
}

// readHash reads the size of a DT_HASH. Its words are of 8 bytes in 64-bit objects of
// Alpha and S/390.
func (t *symbolTable) readHash(addr uint64) {
	o := &t.old
	word := uint64(4)
	if o.is64() && (o.Machine == elf.EM_S390 || o.Machine == elf.EM_ALPHA) {
		word = 8
	}
	off, n := fileRun(o.mem, addr)
	if n < 2*word {
		return
	}
	b, err := o.bytes(off, 2*word, "DT_HASH")
	if err != nil {
		return
	}
	read := func(b []byte) uint64 {
		if word == 8 {
			return o.order.Uint64(b)
		}
		return uint64(o.order.Uint32(b))
	}
	buckets, chains := read(b), read(b[word:])
	if buckets > n || chains > n {
		return
	}
	t.hashSize = (2 + buckets + chains) * word
	t.count = chains
}

// readGNUHash finds the end of a DT_GNU_HASH: that of the chain of the last bucket.
func (t *symbolTable) readGNUHash(addr uint64) {
	o := &t.old
	off, n := fileRun(o.mem, addr)
	if n < 16 {
		return
	}
	b, err := o.bytes(off, 16, "DT_GNU_HASH")
	if err != nil {
		return
	}
	buckets, first, bloom := uint64(o.order.Uint32(b)), uint64(o.order.Uint32(b[4:])), uint64(o.order.Uint32(b[8:]))
	head := 16 + bloom*o.wordSize()
	if head+4*buckets > n {
		return
	}
	last := uint64(0)
	for at := uint64(0); at < 4*buckets; at += blockSize {
		b, err := o.bytes(off+head+at, min(blockSize, 4*buckets-at), "DT_GNU_HASH")
		if err != nil {
			return
		}
		for ; len(b) >= 4; b = b[4:] {
			last = max(last, uint64(o.order.Uint32(b)))
		}
	}
	chains := head + 4*buckets
	if last < first {
		t.gnuSize, t.count = chains, max(t.count, first)
		return
	}
	for i := last; ; i++ {
		at := chains + 4*(i-first)
		if at+4 > n {
			return
		}
		b, err := o.bytes(off+at, 4, "DT_GNU_HASH")
		if err != nil {
			return
		}
		if b[o.lowByte()]&1 != 0 {
			t.gnuSize, t.count = at+4, max(t.count, i+1)
			return
		}
	}
}

// lowByte returns where the lowest byte of a word of four lies.
func (img *image) lowByte() int {
	if img.Data == elf.ELFDATA2MSB {
		return 3
	}
	return 0
}

// findNames finds the strings of the search path in the old string table, which patchelf
// overwrites, and the longest string that ends with each: the linker lets names share
// their ends.
func (t *symbolTable) findNames() {
	o := &t.old
	start, size := fileRun(o.mem, o.tags[elf.DT_STRTAB])
	size = min(size, o.tags[elf.DT_STRSZ])
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		at, ok := o.tags[tag]
		if !ok || at >= size {
			continue
		}
		text, err := o.bytes(start+at, min(size-at, maxName), "the string table")
		if err != nil {
			continue
		}
		n := bytes.IndexByte(text, 0)
		if n < 0 {
			continue
		}
		t.names = append(t.names, region{at, at + uint64(n)})
		before := min(at, maxName)
		head, err := o.bytes(start+at-before, before, "the string table")
		if err != nil {
			continue
		}
		t.shared = append(t.shared, region{at - uint64(len(head)-1-bytes.LastIndexByte(head, 0)), at + uint64(n)})
	}
	t.names, t.shared = merged(t.names), merged(t.shared)
}
