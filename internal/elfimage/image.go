// Package elfimage reads the bytes of one ELF file within its bounds, and what its
// headers say of them: the ELF header, the program headers, the section headers, the
// entries of PT_DYNAMIC, and what the kernel or the loader makes of it all in memory
// (gABI chapters 4 and 5).
//
// Packages elfobj, which reads what the loader reads, and elfcheck, which looks for
// damage, stand on it. Files may be hostile: every table is bounded, and a file that
// names one part again and again runs out of its budget.
package elfimage

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// maxProgs program headers fit in the 64 KiB that Linux reads at most. Every
// segment is compared with every other, so there must be a bound.
const maxProgs = 1024

// A Prog is one program header.
type Prog struct {
	Type   elf.ProgType
	Flags  elf.ProgFlag
	Off    uint64
	Vaddr  uint64
	Filesz uint64
	Memsz  uint64
	Align  uint64
}

// A Header is what the ELF header says of the program (gABI chapter 4).
type Header struct {
	Class      elf.Class
	Data       elf.Data
	OSABI      elf.OSABI
	ABIVersion uint8 // EI_ABIVERSION, of the OSABI
	Type       elf.Type
	Machine    elf.Machine
	Flags      uint32 // e_flags
}

// An Image is a file with its ELF header and program headers read.
type Image struct {
	*Source
	Header
	Order binary.ByteOrder
	Phoff uint64 // e_phoff
	Progs []Prog // none in an object file or a core dump
}

// IsELF reports whether a file that begins with prefix, of at least four bytes,
// calls itself an ELF object.
func IsELF(prefix []byte) bool { return bytes.HasPrefix(prefix, []byte(elf.ELFMAG)) }

// Read reads the ELF header and the program headers (gABI chapters 4 and 5).
func Read(src *Source) (*Image, error) {
	magic, err := src.Bytes(0, min(src.Size, uint64(len(elf.ELFMAG))), "the ELF header")
	if err != nil {
		return nil, err
	}
	if !IsELF(magic) {
		return nil, Errorf("not an ELF object")
	}
	ident, err := src.Bytes(0, elf.EI_NIDENT, "the ELF header")
	if err != nil {
		return nil, err
	}
	img := &Image{Source: src}
	img.Class = elf.Class(ident[elf.EI_CLASS])
	img.Data = elf.Data(ident[elf.EI_DATA])
	img.OSABI = elf.OSABI(ident[elf.EI_OSABI])
	img.ABIVersion = ident[elf.EI_ABIVERSION]
	switch img.Data {
	case elf.ELFDATA2LSB:
		img.Order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		img.Order = binary.BigEndian
	default:
		return nil, Errorf("unknown byte order %d", ident[elf.EI_DATA])
	}
	if v := ident[elf.EI_VERSION]; v != byte(elf.EV_CURRENT) {
		return nil, Errorf("unknown ELF version %d", v)
	}
	switch img.Class {
	case elf.ELFCLASS32, elf.ELFCLASS64:
	default:
		return nil, Errorf("unknown ELF class %d", ident[elf.EI_CLASS])
	}
	return img, img.readProgs()
}

// Is64 reports whether addresses have 64 bits.
func (img *Image) Is64() bool { return img.Class == elf.ELFCLASS64 }

// WordSize returns how many bytes an address has.
func (img *Image) WordSize() uint64 {
	if img.Is64() {
		return 8
	}
	return 4
}

// Word reads an address at the start of b: four bytes for class 32, eight for 64.
func (img *Image) Word(b []byte) uint64 {
	if img.Is64() {
		return img.Order.Uint64(b)
	}
	return uint64(img.Order.Uint32(b))
}

// EntrySizes returns the sizes of the ELF header, of a program header and of a section
// header.
func (img *Image) EntrySizes() (header, Prog, section uint64) {
	if img.Is64() {
		return 64, 56, 64
	}
	return 52, 32, 40
}

func (img *Image) readProgs() error {
	hdrSize, entSize, _ := img.EntrySizes()
	h, err := img.Bytes(0, hdrSize, "the ELF header")
	if err != nil {
		return err
	}
	if v := img.Order.Uint32(h[20:]); v != uint32(elf.EV_CURRENT) {
		return Errorf("unknown ELF version %d", v)
	}
	img.Type = elf.Type(img.Order.Uint16(h[16:]))
	img.Machine = elf.Machine(img.Order.Uint16(h[18:]))
	var phentsize, phnum uint16
	if img.Is64() {
		img.Phoff = img.Order.Uint64(h[32:])
		img.Flags = img.Order.Uint32(h[48:])
		phentsize, phnum = img.Order.Uint16(h[54:]), img.Order.Uint16(h[56:])
	} else {
		img.Phoff = uint64(img.Order.Uint32(h[28:]))
		img.Flags = img.Order.Uint32(h[36:])
		phentsize, phnum = img.Order.Uint16(h[42:]), img.Order.Uint16(h[44:])
	}
	if img.Type != elf.ET_EXEC && img.Type != elf.ET_DYN || phnum == 0 {
		return nil // an object file or a core dump: nothing that a loader maps
	}
	if uint64(phentsize) != entSize {
		return Errorf("program headers of %d bytes, not %d", phentsize, entSize)
	}
	if phnum > maxProgs {
		return Errorf("%d program headers, more than the kernel takes", phnum)
	}
	table, err := img.Bytes(img.Phoff, uint64(phnum)*entSize, "the program header table")
	if err != nil {
		return err
	}
	img.Progs = make([]Prog, phnum)
	for i := range img.Progs {
		img.Progs[i] = img.prog(table[uint64(i)*entSize:])
	}
	return nil
}

func (img *Image) prog(b []byte) Prog {
	o := img.Order
	if img.Is64() {
		return Prog{
			Type: elf.ProgType(o.Uint32(b)), Flags: elf.ProgFlag(o.Uint32(b[4:])),
			Off: o.Uint64(b[8:]), Vaddr: o.Uint64(b[16:]),
			Filesz: o.Uint64(b[32:]), Memsz: o.Uint64(b[40:]), Align: o.Uint64(b[48:]),
		}
	}
	w := func(i int) uint64 { return uint64(o.Uint32(b[4*i:])) }
	return Prog{
		Type: elf.ProgType(o.Uint32(b)), Flags: elf.ProgFlag(o.Uint32(b[24:])),
		Off: w(1), Vaddr: w(2), Filesz: w(4), Memsz: w(5), Align: w(7),
	}
}

// FlagsAt returns the place in the file of the p_flags of a program header.
func (img *Image) FlagsAt(i int) uint64 {
	_, size, _ := img.EntrySizes()
	at := img.Phoff + uint64(i)*size
	if img.Is64() {
		return at + 4
	}
	return at + 24
}

// Offset returns the place in the file that the loader maps to a virtual address,
// and how many bytes of the file follow there. A table may go on into the next
// PT_LOAD where that continues both the address and the file: patchelf 0.14
// leaves the string table of a large program so.
func (img *Image) Offset(vaddr uint64, what string) (off, n uint64, err error) {
	i := img.Load(vaddr, 1)
	if i < 0 {
		return 0, 0, Errorf("%s at address %#x lies in no PT_LOAD segment", what, vaddr)
	}
	p := img.Progs[i]
	off = p.Off + (vaddr - p.Vaddr)
	if off < p.Off || off >= img.Size {
		return 0, 0, beyond(what)
	}
	end := max(p.Vaddr+p.Filesz, vaddr)
	for _, q := range img.Progs[i+1:] {
		if q.Type == elf.PT_LOAD && q.Vaddr == end && q.Off == off+(end-vaddr) && q.Filesz < img.Size {
			end += q.Filesz
		}
	}
	end = max(end, p.Vaddr+p.Shown())
	return off, min(end-vaddr, img.Size-off), nil
}

// Load returns the PT_LOAD that shows n bytes of the file at an address, or -1.
// One that has them goes before one whose last page goes on to them: an old
// patchelf left the dynamic section of some programs there.
func (img *Image) Load(vaddr, n uint64) int {
	for _, length := range []func(Prog) uint64{func(p Prog) uint64 { return p.Filesz }, Prog.Shown} {
		for i, p := range img.Progs {
			if p.Type == elf.PT_LOAD && vaddr >= p.Vaddr && vaddr-p.Vaddr <= length(p) && n <= length(p)-(vaddr-p.Vaddr) {
				return i
			}
		}
	}
	return -1
}

// Shown returns how many bytes of the file the mapping of a PT_LOAD shows. These
// are whole pages, unless p_memsz is larger than p_filesz: the rest of the last
// page is then cleared (elf_map and padzero of the kernel, _dl_map_segments of
// glibc).
func (p Prog) Shown() uint64 {
	end := p.Vaddr + p.Filesz
	last := AlignUp(end, PageSize)
	if p.Memsz > p.Filesz || last < end {
		return p.Filesz
	}
	return last - p.Vaddr
}
