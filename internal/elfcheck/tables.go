package elfcheck

import (
	"debug/elf"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// sizedTables are the tables that PT_DYNAMIC names, each with the tag of its size
// or 0 (gABI chapter 5, figure 5-10).
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

// dynamic checks that PT_DYNAMIC has an end and that its tables are mapped.
func (c *layout) dynamic(p elfimage.Prog) {
	values := map[elf.DynTag]uint64{}
	ended, err := c.EachDynamic(p.Off, p.Filesz, func(tag elf.DynTag, val uint64) { values[tag] = val })
	if err != nil {
		c.add("%s", damageText(err))
		return
	}
	if !ended {
		c.add("PT_DYNAMIC: no DT_NULL at its end")
		return
	}
	for _, t := range sizedTables {
		size := uint64(1)
		if t.size != 0 {
			size = values[t.size]
		}
		if addr, ok := values[t.addr]; ok && size > 0 {
			c.table(t.addr, addr, size)
		}
	}
}

// table checks that a table ends within its PT_LOAD.
func (c *layout) table(tag elf.DynTag, addr, size uint64) {
	off, n, err := c.Offset(addr, tag.String())
	switch {
	case err != nil:
		c.add("%s", damageText(err))
	case size > n:
		c.add("%s: %#x bytes at offset %#x go beyond their PT_LOAD", tag, size, off)
	}
}
