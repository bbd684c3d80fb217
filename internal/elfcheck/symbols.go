package elfcheck

import (
	"bytes"
	"debug/elf"
	"fmt"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// A symbolTable is the dynamic symbol table of the old object (gABI chapter 4, "Symbol
// Table"), which is compared with that of the new one symbol by symbol. The indexes are
// those of relocations and versions, so the order is a part of it.
type symbolTable struct {
	*comparison
	entry    uint64 // bytes of one symbol
	count    uint64
	hashSize uint64 // of DT_HASH
	gnuSize  uint64 // of DT_GNU_HASH

	names  []elfimage.Region // of the string table: what may be overwritten
	shared []elfimage.Region // with the strings that end there

	index    uint64 // of the next symbol
	was, now []byte // the first part of it, where a block ended within it
}

// symbolTable returns the dynamic symbol table of old, as long as its hash tables and
// section say (gABI chapter 5, "Hash Table"; the GNU hash table as ld writes it).
func (c *comparison) symbolTable() *symbolTable {
	o := &c.old
	t := &symbolTable{comparison: c, entry: 16}
	if o.Is64() {
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
		t.count = max(t.count, c.sections.SizeAt(addr)/t.entry)
		_, n := elfimage.FileRun(o.mem, addr)
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
	if o.Is64() && (o.Machine == elf.EM_S390 || o.Machine == elf.EM_ALPHA) {
		word = 8
	}
	off, n := elfimage.FileRun(o.mem, addr)
	if n < 2*word {
		return
	}
	b, err := o.Bytes(off, 2*word, "DT_HASH")
	if err != nil {
		return
	}
	read := func(b []byte) uint64 {
		if word == 8 {
			return o.Order.Uint64(b)
		}
		return uint64(o.Order.Uint32(b))
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
	off, n := elfimage.FileRun(o.mem, addr)
	if n < 16 {
		return
	}
	b, err := o.Bytes(off, 16, "DT_GNU_HASH")
	if err != nil {
		return
	}
	buckets, first, bloom := uint64(o.Order.Uint32(b)), uint64(o.Order.Uint32(b[4:])), uint64(o.Order.Uint32(b[8:]))
	head := 16 + bloom*o.WordSize()
	if head+4*buckets > n {
		return
	}
	last := uint64(0)
	for at := uint64(0); at < 4*buckets; at += elfimage.BlockSize {
		b, err := o.Bytes(off+head+at, min(elfimage.BlockSize, 4*buckets-at), "DT_GNU_HASH")
		if err != nil {
			return
		}
		for ; len(b) >= 4; b = b[4:] {
			last = max(last, uint64(o.Order.Uint32(b)))
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
		b, err := o.Bytes(off+at, 4, "DT_GNU_HASH")
		if err != nil {
			return
		}
		if o.Order.Uint32(b)&1 != 0 {
			t.gnuSize, t.count = at+4, max(t.count, i+1)
			return
		}
	}
}

// findNames finds the strings of the search path in the old string table, which patchelf
// overwrites, and the longest string that ends with each: the linker lets names share
// their ends.
func (t *symbolTable) findNames() {
	o := &t.old
	start, size := elfimage.FileRun(o.mem, o.tags[elf.DT_STRTAB])
	size = min(size, o.tags[elf.DT_STRSZ])
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		at, ok := o.tags[tag]
		if !ok || at >= size {
			continue
		}
		text, err := o.Bytes(start+at, min(size-at, elfimage.MaxName), "the string table")
		if err != nil {
			continue
		}
		n := bytes.IndexByte(text, 0)
		if n < 0 {
			continue
		}
		t.names = append(t.names, elfimage.Between(at, at+uint64(n)))
		before := min(at, elfimage.MaxName)
		head, err := o.Bytes(start+at-before, before, "the string table")
		if err != nil {
			continue
		}
		t.shared = append(t.shared, elfimage.Between(at-uint64(len(head)-1-bytes.LastIndexByte(head, 0)), at+uint64(n)))
	}
	t.names, t.shared = elfimage.Merged(t.names), elfimage.Merged(t.shared)
}

// feed compares the next bytes of the table.
func (t *symbolTable) feed(was, now []byte) {
	if len(t.was) > 0 {
		n := min(int(t.entry)-len(t.was), len(was))
		t.was, t.now = append(t.was, was[:n]...), append(t.now, now[:n]...)
		was, now = was[n:], now[n:]
		if len(t.was) < int(t.entry) {
			return
		}
		t.symbol(t.was, t.now)
		t.was, t.now = t.was[:0], t.now[:0]
	}
	whole := len(was) / int(t.entry) * int(t.entry)
	if len(t.shared) == 0 && bytes.Equal(was[:whole], now[:whole]) {
		t.index += uint64(whole) / t.entry
	} else {
		for i := 0; i < whole; i += int(t.entry) {
			t.symbol(was[i:i+int(t.entry)], now[i:i+int(t.entry)])
		}
	}
	t.was, t.now = append(t.was, was[whole:]...), append(t.now, now[whole:]...)
}

// symbol compares one symbol.
func (t *symbolTable) symbol(was, now []byte) {
	index := t.index
	t.index++
	name := uint64(t.old.Order.Uint32(was))
	if !bytes.Equal(was, now) && !t.same(was, now) {
		t.add("dynamic symbol %d, %s: is not what it was", index, t.name(&t.old, name))
		return
	}
	for _, r := range t.shared {
		if name < r.From || name >= r.To {
			continue
		}
		if a, b := t.name(&t.old, name), t.name(&t.new, name); a != b {
			t.add("dynamic symbol %d, %s: its name is %s now", index, a, b)
		}
	}
}

// same reports whether two symbols are equal but for the index of their section, and for
// a symbol that stands for a section its address.
func (t *symbolTable) same(was, now []byte) bool {
	info, other, shndx, value, size := 12, 13, 14, 4, 8
	word := 4
	if t.entry == 24 {
		info, other, shndx, value, size, word = 4, 5, 6, 8, 16, 8
	}
	o := t.old.Order
	if !bytes.Equal(was[:4], now[:4]) || was[info] != now[info] || was[other] != now[other] || !bytes.Equal(was[size:size+word], now[size:size+word]) {
		return false
	}
	a, b := elf.SectionIndex(o.Uint16(was[shndx:])), elf.SectionIndex(o.Uint16(now[shndx:]))
	ordinary := func(i elf.SectionIndex) bool { return i > elf.SHN_UNDEF && i < elf.SHN_LORESERVE }
	if a != b && (!ordinary(a) || !ordinary(b)) {
		return false
	}
	return bytes.Equal(was[value:value+word], now[value:value+word]) || elf.ST_TYPE(was[info]) == elf.STT_SECTION
}

// name returns a name of a dynamic string table, quoted.
func (t *symbolTable) name(m *mapped, at uint64) string {
	start, size := elfimage.FileRun(m.mem, m.tags[elf.DT_STRTAB])
	if at >= size {
		return "a name outside of the string table"
	}
	name, err := m.CString(start+at, size-at, "a symbol's name")
	if err != nil {
		return damageText(err)
	}
	return fmt.Sprintf("%q", name)
}
