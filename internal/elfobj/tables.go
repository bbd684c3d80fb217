package elfobj

// This file checks that the tables which PT_DYNAMIC names are mapped (gABI
// chapter 5, figure 5-10).

import "debug/elf"

// sizedTables are the tables with the tags of their sizes, where the dynamic
// section says them.
var sizedTables = [...]struct{ addr, size elf.DynTag }{
	{elf.DT_STRTAB, elf.DT_STRSZ},
	{elf.DT_SYMTAB, 0},
	{elf.DT_HASH, 0},
	{elf.DT_GNU_HASH, 0},
	{elf.DT_RELA, elf.DT_RELASZ},
	{elf.DT_REL, elf.DT_RELSZ},
	{elf.DT_JMPREL, elf.DT_PLTRELSZ},
	{elf.DT_INIT_ARRAY, elf.DT_INIT_ARRAYSZ},
	{elf.DT_FINI_ARRAY, elf.DT_FINI_ARRAYSZ},
	{elf.DT_VERSYM, 0},
	{elf.DT_VERNEED, 0},
	{elf.DT_VERDEF, 0},
}

func (c *layout) dynamic(i int, p prog) {
	if p.Filesz > maxLayoutList {
		return
	}
	table, err := c.bytes(p.Off, p.Filesz, "PT_DYNAMIC")
	if err != nil {
		c.add(RuleDynamic, i, "%s", damageText(err))
		return
	}
	values := map[elf.DynTag]uint64{}
	word, ended := 4, false
	if c.is64() {
		word = 8
	}
	for ; len(table) >= 2*word && !ended; table = table[2*word:] {
		tag := elf.DynTag(c.word(table))
		ended = tag == elf.DT_NULL
		values[tag] = c.word(table[word:])
	}
	if !ended {
		c.add(RuleDynamic, i, "PT_DYNAMIC: no DT_NULL at its end")
		return
	}
	for _, t := range sizedTables {
		size := uint64(1)
		if t.size != 0 {
			size = values[t.size]
		}
		if addr, ok := values[t.addr]; ok && size > 0 {
			c.table(i, t.addr, addr, size)
		}
	}
}

func (c *layout) table(i int, tag elf.DynTag, addr, size uint64) {
	off, n, err := c.offset(addr, tag.String())
	switch {
	case err != nil:
		c.add(RuleTables, i, "%s", damageText(err))
	case size > n:
		c.add(RuleTables, i, "%s: %#x bytes at offset %#x go beyond their PT_LOAD", tag, size, off)
	}
}
