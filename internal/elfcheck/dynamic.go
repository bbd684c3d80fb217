package elfcheck

import (
	"debug/elf"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
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
	used := r.From + uint64(len(c.old.entries))*2*c.old.WordSize()
	c.free = append(c.free, elfimage.Between(r.From, used))
	if rest := elfimage.Between(used, r.To); rest.From < rest.To {
		c.free = append(c.free, elfimage.Between(used, used+c.zeros(rest)))
	}
}
