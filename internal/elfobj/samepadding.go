package elfobj

import (
	"bytes"
	"debug/elf"
	"slices"
)

// interp frees the old PT_INTERP where it is written anew. What the new one says the
// caller compares.
func (c *comparison) interp() {
	place := func(m mapped) (p prog) {
		for _, p := range m.progs {
			if p.Type == elf.PT_INTERP && p.Filesz > 0 {
				return p
			}
		}
		return prog{}
	}
	was, now := place(c.old), place(c.new)
	if was.Filesz == 0 || !c.allowed.Interp && was.Vaddr == now.Vaddr && was.Filesz == now.Filesz {
		return
	}
	off, n := fileRun(c.old.mem, was.Vaddr)
	text, err := c.old.bytes(off, min(n, was.Filesz, maxName), "PT_INTERP")
	if err != nil {
		return
	}
	c.free = append(c.free, region{was.Vaddr, was.Vaddr + stringAndZeros(text)})
}

// stringAndZeros returns the length of the string at the start of b with the zeros that
// follow it.
func stringAndZeros(b []byte) uint64 {
	n := bytes.IndexByte(b, 0)
	for n >= 0 && n < len(b) && b[n] == 0 {
		n++
	}
	return uint64(max(n, 0))
}

// maxPadding is the longest run of zeros between two parts that counts as padding.
const maxPadding = minPageSize

// withPadding adds to what is free the zeros beside it that no section claims: patchelf
// clears or uses them.
func (c *comparison) withPadding(free []region) []region {
	for _, r := range c.freeOff { // headers, where they are mapped
		for _, e := range c.old.mem {
			if !e.zero && e.off < r.to && r.from < e.off+e.size {
				from := max(r.from, e.off)
				free = append(free, region{e.addr + (from - e.off), e.addr + (min(r.to, e.off+e.size) - e.off)})
			}
		}
	}
	free = merged(free)
	if len(c.sections.list) == 0 {
		return free
	}
	claimed := merged(append(c.sections.claimed(), free...))
	if first := c.firstClaim(claimed); first.to > first.from {
		free = append(free, first)
	}
	for _, r := range slices.Clone(free) {
		for _, gap := range (region{r.from - min(r.from, maxPadding), r.to + maxPadding}).without(claimed) {
			if gap.from == r.to {
				free = append(free, region{gap.from, gap.from + c.zeros(gap)})
			} else if gap.to == r.from {
				free = append(free, region{gap.to - c.zerosBefore(gap), gap.to})
			}
		}
	}
	return merged(free)
}

// firstClaim returns the memory between the ELF header and the first section or other
// part. patchelf up to 0.18 puts its program headers there, even where those lay elsewhere
// and left anything behind.
func (c *comparison) firstClaim(claimed []region) region {
	for _, e := range c.old.mem {
		if e.zero || e.off > 0 {
			continue
		}
		gaps := (region{e.addr, min(e.end(), e.addr+maxPadding)}).without(claimed)
		if len(gaps) > 0 && gaps[0].from == c.ends(e.addr, claimed) {
			return gaps[0]
		}
	}
	return region{}
}

// ends returns the end of the claimed region that contains an address.
func (c *comparison) ends(addr uint64, claimed []region) uint64 {
	for _, r := range claimed {
		if r.from <= addr && addr < r.to {
			return r.to
		}
	}
	return 0
}

// padding returns the bytes of the old memory in r as far as they are in the file.
func (c *comparison) padding(r region) []byte {
	off, n := fileRun(c.old.mem, r.from)
	b, err := c.old.bytes(off, min(n, r.to-r.from), "padding")
	if err != nil {
		return nil
	}
	return b
}

// zeros returns how many zeros r begins with.
func (c *comparison) zeros(r region) uint64 {
	b := c.padding(r)
	return uint64(len(b) - len(bytes.TrimLeft(b, "\x00XZ")))
}

// zerosBefore returns how many zeros r ends with.
func (c *comparison) zerosBefore(r region) uint64 {
	b := c.padding(r)
	if uint64(len(b)) < r.to-r.from {
		return 0
	}
	return uint64(len(b) - len(bytes.TrimRight(b, "\x00XZ")))
}
