package elfobj

// This file checks that the kernel and the dynamic loader can map a file, after
// a tool has rewritten it: strip and some versions of patchelf damage objects
// and report success.

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
)

// A Rule is one condition of the layout, by its lasting name.
type Rule string

// The rules that CheckLayout knows.
const (
	RuleFormat    Rule = "format"   // the tables can be read at all
	RuleAlign     Rule = "align"    // p_offset and p_vaddr are congruent modulo p_align and the page
	RuleOrder     Rule = "order"    // PT_LOAD ascend by address and do not overlap
	RuleBounds    Rule = "bounds"   // segments lie within the file
	RuleCovered   Rule = "covered"  // what the loader reads lies in a PT_LOAD, at the same place of the file
	RuleWritable  Rule = "writable" // a writable PT_DYNAMIC lies in a writable PT_LOAD: the loader writes there
	RulePhdr      Rule = "phdr"     // PT_PHDR is where the ELF header says
	RuleInterp    Rule = "interp"   // PT_INTERP is a path with a NUL at its end
	RuleDynamic   Rule = "dynamic"  // the dynamic section has an end
	RuleTables    Rule = "tables"   // the tables of PT_DYNAMIC lie in a PT_LOAD
	minPageSize        = 4096       // of all machines that wheels are built for
	maxLayoutList      = 1 << 20    // PT_DYNAMIC larger than this is not looked through
	maxDamages         = 100        // one is enough to refuse a file
)

// A Damage is one condition that a file breaks.
type Damage struct {
	Rule    Rule
	Segment int    // index of the program header, -1 for the file as a whole
	Text    string // what is wrong, with the numbers, for people
}

func (d Damage) Error() string { return "elfobj: " + d.Text }

// CheckLayout gives what the kernel or the loader would stumble over in the
// file, in the order of the program headers, and nothing for a sound file. What
// is no ELF object is a Damage too. A file without program headers has no layout.
func CheckLayout(r io.ReaderAt, size int64) []Damage {
	img, err := readImage(newSource(r, size))
	if err != nil {
		return []Damage{{RuleFormat, -1, damageText(err)}}
	}
	c := layout{image: img}
	c.loads()
	for i, p := range img.progs {
		c.segment(i, p)
	}
	if len(c.found) == 0 {
		// Whatever else stops Read would stop the loader too.
		if err := img.readSegments(); err != nil {
			c.add(RuleFormat, -1, "%s", damageText(err))
		}
	}
	return c.found
}

func damageText(err error) string {
	var format *FormatError
	if errors.As(err, &format) {
		return format.Msg
	}
	return err.Error()
}

type layout struct {
	*image
	found []Damage
}

func (c *layout) add(rule Rule, segment int, format string, args ...any) {
	if len(c.found) < maxDamages {
		c.found = append(c.found, Damage{rule, segment, fmt.Sprintf(format, args...)})
	}
}

// loads checks the PT_LOAD segments, as _dl_map_object_from_fd of glibc and
// elf_map of the kernel use them.
func (c *layout) loads() {
	last := -1
	for i, p := range c.progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		delta := p.Vaddr - p.Off
		switch {
		case p.Align > 1 && p.Align&(p.Align-1) != 0:
			c.add(RuleAlign, i, "PT_LOAD %d: alignment %#x is no power of two", i, p.Align)
		case delta%minPageSize != 0 || p.Align > 1 && delta&(p.Align-1) != 0:
			c.add(RuleAlign, i, "PT_LOAD %d: address %#x and offset %#x differ modulo its alignment %#x", i, p.Vaddr, p.Off, p.Align)
		}
		switch {
		case p.Off > c.size || p.Filesz > c.size-p.Off:
			c.add(RuleBounds, i, "PT_LOAD %d: ends at offset %#x, the file at %#x", i, p.Off+p.Filesz, c.size)
		case p.Filesz > p.Memsz:
			c.add(RuleBounds, i, "PT_LOAD %d: %#x bytes in the file, but %#x in memory", i, p.Filesz, p.Memsz)
		case p.Vaddr+p.Memsz < p.Vaddr:
			c.add(RuleBounds, i, "PT_LOAD %d: goes beyond the address space", i)
		}
		if last >= 0 {
			c.follows(last, i)
		}
		last = i
	}
}

// follows checks that one PT_LOAD comes after another in memory. They may share
// a page only where that page shows the same part of the file: the second
// mapping replaces the whole page of the first.
func (c *layout) follows(last, i int) {
	a, b := c.progs[last], c.progs[i]
	switch {
	case b.Vaddr < a.Vaddr:
		c.add(RuleOrder, i, "PT_LOAD %d: address %#x is below that of the one before, %#x", i, b.Vaddr, a.Vaddr)
	case b.Vaddr < a.Vaddr+a.Memsz:
		c.add(RuleOrder, i, "PT_LOAD %d: address %#x lies within the one before, which ends at %#x", i, b.Vaddr, a.Vaddr+a.Memsz)
	case a.Filesz > 0 && b.Memsz > 0 && b.Vaddr/minPageSize == (a.Vaddr+a.Memsz-1)/minPageSize && a.Vaddr-a.Off != b.Vaddr-b.Off:
		c.add(RuleOrder, i, "PT_LOAD %d: shares the page of address %#x with the one before, from another place of the file", i, b.Vaddr)
	}
}

func (c *layout) segment(i int, p prog) {
	switch p.Type {
	case elf.PT_PHDR:
		c.covered(i, p)
		if p.Off != c.phoff {
			c.add(RulePhdr, i, "PT_PHDR at offset %#x, the ELF header says %#x", p.Off, c.phoff)
		}
	case elf.PT_INTERP:
		if p.Filesz > 0 && c.covered(i, p) {
			c.interp(i, p)
		}
	case elf.PT_DYNAMIC:
		if p.Filesz > 0 && c.covered(i, p) {
			c.writable(i, p)
			c.dynamic(i, p)
		}
	case elf.PT_TLS, elf.PT_GNU_EH_FRAME:
		if p.Filesz > 0 {
			c.covered(i, p)
		}
	}
}

// covered checks that the bytes of a segment are mapped, at its address and
// from its place of the file.
func (c *layout) covered(i int, p prog) bool {
	load := c.load(p.Vaddr, p.Filesz)
	if load < 0 {
		c.add(RuleCovered, i, "%s: address %#x to %#x lies in no PT_LOAD", segmentName(p), p.Vaddr, p.Vaddr+p.Filesz)
		return false
	}
	if l := c.progs[load]; p.Off-l.Off != p.Vaddr-l.Vaddr {
		c.add(RuleCovered, i, "%s: PT_LOAD shows offset %#x at its address, not its own %#x", segmentName(p), l.Off+(p.Vaddr-l.Vaddr), p.Off)
		return false
	}
	return true
}

func segmentName(p prog) string { return p.Type.String() }

func (c *layout) interp(i int, p prog) {
	b, err := c.bytes(p.Off, p.Filesz, "PT_INTERP")
	if err != nil {
		c.add(RuleInterp, i, "%s", damageText(err))
	} else if b[len(b)-1] != 0 {
		c.add(RuleInterp, i, "PT_INTERP: no NUL at its end")
	}
}

func (c *layout) writable(i int, p prog) {
	if p.Flags&elf.PF_W == 0 {
		return // read-only on purpose
	}
	shows := c.load(p.Vaddr, p.Filesz)
	for j, l := range c.progs {
		// Overlapping segments are damage already; the last one mapped counts.
		there := l.Type == elf.PT_LOAD && p.Vaddr >= l.Vaddr && p.Vaddr-l.Vaddr < l.Memsz
		if (there || j == shows) && l.Flags&elf.PF_W == 0 {
			c.add(RuleWritable, i, "PT_DYNAMIC: the loader writes to address %#x, but the PT_LOAD there is read-only", p.Vaddr)
		}
	}
}
