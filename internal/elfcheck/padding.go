package elfcheck

import (
	"bytes"
	"debug/elf"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// interp frees the old PT_INTERP where it is written anew. What the new one says the
// caller compares.
func (c *comparison) interp() {
	place := func(m mapped) (p elfimage.Prog) {
		for _, p := range m.Progs {
			if p.Type == elf.PT_INTERP && p.Filesz > 0 {
				return p
			}
		}
		return elfimage.Prog{}
	}
	was, now := place(c.old), place(c.new)
	if was.Filesz == 0 || !c.allowed.Interp && was.Vaddr == now.Vaddr && was.Filesz == now.Filesz {
		return
	}
	off, n := elfimage.FileRun(c.old.mem, was.Vaddr)
	text, err := c.old.Bytes(off, min(n, was.Filesz, elfimage.MaxName), "PT_INTERP")
	if err != nil {
		return
	}
	c.free = append(c.free, elfimage.Between(was.Vaddr, was.Vaddr+stringAndZeros(text)))
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
const maxPadding = elfimage.PageSize

// withPadding adds to what is free the zeros beside it that no section claims: patchelf
// clears or uses them.
func (c *comparison) withPadding(free []elfimage.Region) []elfimage.Region {
	for _, r := range c.freeOff { // headers, where they are mapped
		for _, e := range c.old.mem {
			if !e.Zero && e.Off < r.To && r.From < e.Off+e.Size {
				from := max(r.From, e.Off)
				free = append(free, elfimage.Between(e.Addr+(from-e.Off), e.Addr+(min(r.To, e.Off+e.Size)-e.Off)))
			}
		}
	}
	free = elfimage.Merged(free)
	if len(c.sections.List) == 0 {
		return free
	}
	claimed := elfimage.Merged(append(c.sections.Claimed(), free...))
	if first := c.firstClaim(claimed); first.To > first.From {
		free = append(free, first)
	}
	for _, r := range slices.Clone(free) {
		for _, gap := range elfimage.Between(r.From-min(r.From, maxPadding), r.To+maxPadding).Without(claimed) {
			if gap.From == r.To {
				free = append(free, elfimage.Between(gap.From, gap.From+c.zeros(gap)))
			} else if gap.To == r.From {
				free = append(free, elfimage.Between(gap.To-c.zerosBefore(gap), gap.To))
			}
		}
	}
	return elfimage.Merged(free)
}

// firstClaim returns the memory between the ELF header and the first section or other
// part. patchelf up to 0.18 puts its program headers there, even where those lay elsewhere
// and left anything behind.
func (c *comparison) firstClaim(claimed []elfimage.Region) elfimage.Region {
	for _, e := range c.old.mem {
		if e.Zero || e.Off > 0 {
			continue
		}
		gaps := elfimage.Between(e.Addr, min(e.End(), e.Addr+maxPadding)).Without(claimed)
		if len(gaps) > 0 && gaps[0].From == c.ends(e.Addr, claimed) {
			return gaps[0]
		}
	}
	return elfimage.Region{}
}

// ends returns the end of the claimed region that contains an address.
func (c *comparison) ends(addr uint64, claimed []elfimage.Region) uint64 {
	for _, r := range claimed {
		if r.From <= addr && addr < r.To {
			return r.To
		}
	}
	return 0
}

// padding returns the bytes of the old memory in r as far as they are in the file.
func (c *comparison) padding(r elfimage.Region) []byte {
	off, n := elfimage.FileRun(c.old.mem, r.From)
	b, err := c.old.Bytes(off, min(n, r.To-r.From), "padding")
	if err != nil {
		return nil
	}
	return b
}

// zeros returns how many zeros r begins with.
func (c *comparison) zeros(r elfimage.Region) uint64 {
	b := c.padding(r)
	return uint64(len(b) - len(bytes.TrimLeft(b, "\x00XZ")))
}

// zerosBefore returns how many zeros r ends with.
func (c *comparison) zerosBefore(r elfimage.Region) uint64 {
	b := c.padding(r)
	if uint64(len(b)) < r.To-r.From {
		return 0
	}
	return uint64(len(b) - len(bytes.TrimRight(b, "\x00XZ")))
}
