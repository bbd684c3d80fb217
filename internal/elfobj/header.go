package elfobj

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// maxProgs program headers fit in the 64 KiB that Linux reads at most. Every
// segment is compared with every other, so there must be a bound.
const maxProgs = 1024

// A prog is one program header.
type prog struct {
	Type   elf.ProgType
	Flags  elf.ProgFlag
	Off    uint64
	Vaddr  uint64
	Filesz uint64
	Memsz  uint64
	Align  uint64
}

// An image is a file with its program headers read.
type image struct {
	*source
	order binary.ByteOrder
	Object
	phoff uint64
	progs []prog

	strtab    uint64 // file offset of the dynamic string table
	strtabLen uint64
	names     map[uint64]string // names read already, by place
	notes     uint64            // bytes of notes looked through
	noteCount int
	versions  int // records of versions read
}

// IsELF reports whether a file that begins with prefix, of at least four bytes,
// calls itself an ELF object.
func IsELF(prefix []byte) bool { return bytes.HasPrefix(prefix, []byte(elf.ELFMAG)) }

// readImage reads the ELF header and the program headers (gABI chapters 4 and 5).
func readImage(src *source) (*image, error) {
	magic, err := src.bytes(0, min(src.size, uint64(len(elf.ELFMAG))), "the ELF header")
	if err != nil {
		return nil, err
	}
	if !IsELF(magic) {
		return nil, formatErr("not an ELF object")
	}
	ident, err := src.bytes(0, elf.EI_NIDENT, "the ELF header")
	if err != nil {
		return nil, err
	}
	img := &image{source: src, names: map[uint64]string{}}
	img.Class = elf.Class(ident[elf.EI_CLASS])
	img.Data = elf.Data(ident[elf.EI_DATA])
	img.OSABI = elf.OSABI(ident[elf.EI_OSABI])
	img.ABIVersion = ident[elf.EI_ABIVERSION]
	switch img.Data {
	case elf.ELFDATA2LSB:
		img.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		img.order = binary.BigEndian
	default:
		return nil, formatErr("unknown byte order %d", ident[elf.EI_DATA])
	}
	if v := ident[elf.EI_VERSION]; v != byte(elf.EV_CURRENT) {
		return nil, formatErr("unknown ELF version %d", v)
	}
	switch img.Class {
	case elf.ELFCLASS32, elf.ELFCLASS64:
	default:
		return nil, formatErr("unknown ELF class %d", ident[elf.EI_CLASS])
	}
	return img, img.readProgs()
}

func (img *image) is64() bool { return img.Class == elf.ELFCLASS64 }

// wordSize returns how many bytes an address has.
func (img *image) wordSize() uint64 {
	if img.is64() {
		return 8
	}
	return 4
}

// word reads an address at the start of b: four bytes for class 32, eight for 64.
func (img *image) word(b []byte) uint64 {
	if img.is64() {
		return img.order.Uint64(b)
	}
	return uint64(img.order.Uint32(b))
}

// entrySizes returns the sizes of the ELF header, of a program header and of a section
// header.
func (img *image) entrySizes() (header, prog, section uint64) {
	if img.is64() {
		return 64, 56, 64
	}
	return 52, 32, 40
}

func (img *image) readProgs() error {
	hdrSize, entSize, _ := img.entrySizes()
	h, err := img.bytes(0, hdrSize, "the ELF header")
	if err != nil {
		return err
	}
	if v := img.order.Uint32(h[20:]); v != uint32(elf.EV_CURRENT) {
		return formatErr("unknown ELF version %d", v)
	}
	img.Type = elf.Type(img.order.Uint16(h[16:]))
	img.Machine = elf.Machine(img.order.Uint16(h[18:]))
	var phentsize, phnum uint16
	if img.is64() {
		img.phoff = img.order.Uint64(h[32:])
		img.Flags = img.order.Uint32(h[48:])
		phentsize, phnum = img.order.Uint16(h[54:]), img.order.Uint16(h[56:])
	} else {
		img.phoff = uint64(img.order.Uint32(h[28:]))
		img.Flags = img.order.Uint32(h[36:])
		phentsize, phnum = img.order.Uint16(h[42:]), img.order.Uint16(h[44:])
	}
	if img.Type != elf.ET_EXEC && img.Type != elf.ET_DYN || phnum == 0 {
		return nil // an object file or a core dump: nothing that a loader maps
	}
	if uint64(phentsize) != entSize {
		return formatErr("program headers of %d bytes, not %d", phentsize, entSize)
	}
	if phnum > maxProgs {
		return formatErr("%d program headers, more than the kernel takes", phnum)
	}
	table, err := img.bytes(img.phoff, uint64(phnum)*entSize, "the program header table")
	if err != nil {
		return err
	}
	img.progs = make([]prog, phnum)
	for i := range img.progs {
		img.progs[i] = img.prog(table[uint64(i)*entSize:])
	}
	return nil
}

func (img *image) prog(b []byte) prog {
	o := img.order
	if img.is64() {
		return prog{
			Type: elf.ProgType(o.Uint32(b)), Flags: elf.ProgFlag(o.Uint32(b[4:])),
			Off: o.Uint64(b[8:]), Vaddr: o.Uint64(b[16:]),
			Filesz: o.Uint64(b[32:]), Memsz: o.Uint64(b[40:]), Align: o.Uint64(b[48:]),
		}
	}
	w := func(i int) uint64 { return uint64(o.Uint32(b[4*i:])) }
	return prog{
		Type: elf.ProgType(o.Uint32(b)), Flags: elf.ProgFlag(o.Uint32(b[24:])),
		Off: w(1), Vaddr: w(2), Filesz: w(4), Memsz: w(5), Align: w(7),
	}
}

// offset returns the place in the file that the loader maps to a virtual address,
// and how many bytes of the file follow there. A table may go on into the next
// PT_LOAD where that continues both the address and the file: patchelf 0.14
// leaves the string table of a large program so.
func (img *image) offset(vaddr uint64, what string) (off, n uint64, err error) {
	i := img.load(vaddr, 1)
	if i < 0 {
		return 0, 0, formatErr("%s at address %#x lies in no PT_LOAD segment", what, vaddr)
	}
	p := img.progs[i]
	off = p.Off + (vaddr - p.Vaddr)
	if off < p.Off || off >= img.size {
		return 0, 0, formatErr("%s lies outside the file", what)
	}
	end := max(p.Vaddr+p.Filesz, vaddr)
	for _, q := range img.progs[i+1:] {
		if q.Type == elf.PT_LOAD && q.Vaddr == end && q.Off == off+(end-vaddr) && q.Filesz < img.size {
			end += q.Filesz
		}
	}
	end = max(end, p.Vaddr+p.shown())
	return off, min(end-vaddr, img.size-off), nil
}

// load returns the PT_LOAD that shows n bytes of the file at an address, or -1.
// One that has them goes before one whose last page goes on to them: an old
// patchelf left the dynamic section of some programs there.
func (img *image) load(vaddr, n uint64) int {
	for _, length := range []func(prog) uint64{func(p prog) uint64 { return p.Filesz }, prog.shown} {
		for i, p := range img.progs {
			if p.Type == elf.PT_LOAD && vaddr >= p.Vaddr && vaddr-p.Vaddr <= length(p) && n <= length(p)-(vaddr-p.Vaddr) {
				return i
			}
		}
	}
	return -1
}

// shown returns how many bytes of the file the mapping of a PT_LOAD shows. These
// are whole pages, unless p_memsz is larger than p_filesz: the rest of the last
// page is then cleared (elf_map and padzero of the kernel, _dl_map_segments of
// glibc).
func (p prog) shown() uint64 {
	end := p.Vaddr + p.Filesz
	last := alignUp(end, minPageSize)
	if p.Memsz > p.Filesz || last < end {
		return p.Filesz
	}
	return last - p.Vaddr
}
