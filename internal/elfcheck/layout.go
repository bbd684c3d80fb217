// Package elfcheck looks for damage: whether the kernel and the loader can map a file
// (CheckLayout), and whether an edited copy is in memory what it was (SameImage).
//
// strip and some versions of patchelf damage objects and report success, so whatever
// edits an object asks here before it keeps the edit, and check asks about every object.
package elfcheck

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

const (
	maxDamages = 100 // one is enough to refuse a file
)

// A Damage is one condition of the layout that a file breaks. strip and some
// versions of patchelf damage objects and report success.
type Damage struct {
	Text string // what is wrong, with the numbers, for people
}

// CheckFile is CheckLayout of the named file. The error is that of opening it.
func CheckFile(path string) ([]Damage, error) {
	f, size, err := elfimage.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return CheckLayout(f, size), nil
}

// CheckLayout returns what keeps the kernel or the loader from mapping the file, in
// the order of the program headers, and nil for a sound file. What is no ELF
// object is a Damage too. A file without program headers has no layout.
func CheckLayout(r io.ReaderAt, size int64) []Damage {
	img, err := elfimage.Read(elfimage.NewSource(r, size))
	if err != nil {
		return []Damage{{damageText(err)}}
	}
	defer img.Release()
	c := layout{Image: img}
	c.loads()
	for _, p := range img.Progs {
		c.segment(p)
	}
	if len(c.found) == 0 {
		// Whatever else stops Read would stop the loader too.
		if _, err := elfobj.Read(r, size); err != nil {
			c.add("%s", damageText(err))
		}
	}
	return c.found
}

// damageText returns what is wrong, without the path that r may add to an error.
func damageText(err error) string {
	var format *elfimage.FormatError
	if errors.As(err, &format) {
		return format.Msg
	}
	return err.Error()
}

// A layout is an image whose damage is gathered.
type layout struct {
	*elfimage.Image
	found []Damage
}

func (c *layout) add(format string, args ...any) {
	if len(c.found) < maxDamages {
		c.found = append(c.found, Damage{fmt.Sprintf(format, args...)})
	}
}

// loads checks the PT_LOAD segments as _dl_map_object_from_fd of glibc and elf_map
// of the kernel use them: aligned, within the file and the address space, and in
// order.
func (c *layout) loads() {
	last := -1
	for i, p := range c.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		delta := p.Vaddr - p.Off
		switch {
		case p.Align > 1 && p.Align&(p.Align-1) != 0:
			c.add("PT_LOAD %d: alignment %#x is no power of two", i, p.Align)
		case delta%elfimage.PageSize != 0 || p.Align > 1 && delta&(p.Align-1) != 0:
			c.add("PT_LOAD %d: address %#x and offset %#x differ modulo its alignment %#x", i, p.Vaddr, p.Off, p.Align)
		}
		switch {
		case p.Off > c.Size || p.Filesz > c.Size-p.Off:
			c.add("PT_LOAD %d: ends at offset %#x, the file at %#x", i, p.Off+p.Filesz, c.Size)
		case p.Filesz > p.Memsz:
			c.add("PT_LOAD %d: %#x bytes in the file, but %#x in memory", i, p.Filesz, p.Memsz)
		case p.Vaddr+p.Memsz < p.Vaddr:
			c.add("PT_LOAD %d: goes beyond the address space", i)
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
	a, b := c.Progs[last], c.Progs[i]
	switch {
	case b.Vaddr < a.Vaddr:
		c.add("PT_LOAD %d: address %#x is below that of the one before, %#x", i, b.Vaddr, a.Vaddr)
	case b.Vaddr < a.Vaddr+a.Memsz:
		c.add("PT_LOAD %d: address %#x lies within the one before, which ends at %#x", i, b.Vaddr, a.Vaddr+a.Memsz)
	case a.Filesz > 0 && b.Memsz > 0 && b.Vaddr/elfimage.PageSize == (a.Vaddr+a.Memsz-1)/elfimage.PageSize && a.Vaddr-a.Off != b.Vaddr-b.Off:
		c.add("PT_LOAD %d: shares the page of address %#x with the one before, from another place of the file", i, b.Vaddr)
	}
}

// segment checks one program header that is no PT_LOAD.
func (c *layout) segment(p elfimage.Prog) {
	switch p.Type {
	case elf.PT_PHDR:
		c.covered(p)
		if p.Off != c.Phoff {
			c.add("PT_PHDR at offset %#x, the ELF header says %#x", p.Off, c.Phoff)
		}
	case elf.PT_INTERP:
		if p.Filesz > 0 && c.covered(p) {
			c.interp(p)
		}
	case elf.PT_DYNAMIC:
		if p.Filesz > 0 && c.covered(p) {
			c.writable(p)
			c.dynamic(p)
		}
	case elf.PT_TLS, elf.PT_GNU_EH_FRAME:
		if p.Filesz > 0 {
			c.covered(p)
		}
	}
}

// covered checks that the bytes of a segment are mapped, at its address and
// from its place of the file. It may go on into the next PT_LOAD as a table may:
// patchelf up to 0.17 leaves the PT_INTERP of some programs so.
func (c *layout) covered(p elfimage.Prog) bool {
	load := c.Load(p.Vaddr, p.Filesz)
	if _, n, err := c.Offset(p.Vaddr, segmentName(p)); load < 0 && err == nil && n >= p.Filesz {
		load = c.Load(p.Vaddr, 1)
	}
	if load < 0 {
		c.add("%s: address %#x to %#x lies in no PT_LOAD", segmentName(p), p.Vaddr, p.Vaddr+p.Filesz)
		return false
	}
	if l := c.Progs[load]; p.Off-l.Off != p.Vaddr-l.Vaddr {
		c.add("%s: PT_LOAD shows offset %#x at its address, not its own %#x", segmentName(p), l.Off+(p.Vaddr-l.Vaddr), p.Off)
		return false
	}
	return true
}

func segmentName(p elfimage.Prog) string { return p.Type.String() }

// interp checks that PT_INTERP is a string.
func (c *layout) interp(p elfimage.Prog) {
	last, err := c.Bytes(p.Off+p.Filesz-1, 1, "PT_INTERP")
	if err != nil {
		c.add("%s", damageText(err))
	} else if last[0] != 0 {
		c.add("PT_INTERP: no NUL at its end")
	}
}

// writable checks that a PT_DYNAMIC which may be written lies in a PT_LOAD that may
// be: the loader writes there.
func (c *layout) writable(p elfimage.Prog) {
	if p.Flags&elf.PF_W == 0 {
		return // read-only on purpose
	}
	shows := c.Load(p.Vaddr, p.Filesz)
	for j, l := range c.Progs {
		// Overlapping segments are damage already; the last one mapped counts.
		there := l.Type == elf.PT_LOAD &&
			(p.Vaddr >= l.Vaddr && p.Vaddr-l.Vaddr < l.Memsz || p.Vaddr < l.Vaddr && l.Vaddr-p.Vaddr < p.Filesz)
		if (there || j == shows) && l.Flags&elf.PF_W == 0 {
			c.add("PT_DYNAMIC: the loader writes to address %#x, but the PT_LOAD there is read-only", p.Vaddr)
		}
	}
}
