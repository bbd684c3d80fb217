package elfobj

import (
	"bytes"
	"debug/elf"
	"fmt"
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

	names  []region // of the string table: what may be overwritten
	shared []region // with the strings that end there

	index    uint64 // of the next symbol
	was, now []byte // the first part of it, where a block ended within it
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
	name := uint64(t.old.order.Uint32(was))
	if !bytes.Equal(was, now) && !t.same(was, now) {
		t.add("dynamic symbol %d, %s: is not what it was", index, t.name(&t.old, name))
		return
	}
	for _, r := range t.shared {
		if name < r.from || name >= r.to {
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
	o := t.old.order
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
	start, size := fileRun(m.mem, m.tags[elf.DT_STRTAB])
	if at >= size {
		return "a name outside of the string table"
	}
	name, err := m.cstring(start+at, size-at, "a symbol's name")
	if err != nil {
		return damageText(err)
	}
	return fmt.Sprintf("%q", name)
}
