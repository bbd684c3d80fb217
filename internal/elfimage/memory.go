package elfimage

import (
	"cmp"
	"debug/elf"
	"slices"
)

// PageSize is the smallest page of all machines that wheels are built for, in bytes.
const PageSize = 4096

// AlignUp returns the smallest multiple of align, a power of two, that is not below n.
func AlignUp(n, align uint64) uint64 { return (n + align - 1) &^ (align - 1) }

// An Extent is a part of the memory of a mapped file that comes from one place.
type Extent struct {
	Addr, Size uint64
	Off        uint64 // of the file, where Zero is false
	Zero       bool   // none of the file's bytes
	Flags      elf.ProgFlag
}

// End returns the address behind e.
func (e Extent) End() uint64 { return e.Addr + e.Size }

// Cut returns what of e lies within [from, to).
func (e Extent) Cut(from, to uint64) Extent {
	from, to = max(from, e.Addr), min(to, e.End())
	if from >= to {
		return Extent{}
	}
	e.Off += from - e.Addr
	e.Addr, e.Size = from, to-from
	return e
}

// Memory returns what the kernel or the loader makes of the PT_LOADs, sorted by
// address: whole pages of the file, each PT_LOAD over what was there before, and the
// part of p_memsz beyond p_filesz cleared (elf_map and padzero of the kernel,
// _dl_map_segments of glibc).
func (img *Image) Memory() ([]Extent, error) {
	var mem []Extent
	for i, p := range img.Progs {
		if p.Type != elf.PT_LOAD || p.Memsz == 0 {
			continue
		}
		end := p.Vaddr + max(p.Filesz, p.Memsz)
		if (p.Vaddr-p.Off)%PageSize != 0 || end < p.Vaddr || AlignUp(end, PageSize) < end {
			return nil, Errorf("PT_LOAD %d cannot be mapped", i)
		}
		flags := p.Flags & (elf.PF_R | elf.PF_W | elf.PF_X)
		head := p.Vaddr % PageSize
		file := Extent{Addr: p.Vaddr - head, Off: p.Off - head, Flags: flags}
		file.Size = AlignUp(p.Vaddr+p.Filesz, PageSize) - file.Addr
		mem = overlay(mem, file)
		if file.Off+file.Size > img.Size { // the last page goes on with zeros
			from := file.Addr + min(file.Size, img.Size-min(img.Size, file.Off))
			mem = overlay(mem, Extent{Addr: from, Size: file.End() - from, Zero: true, Flags: flags})
		}
		if p.Memsz > p.Filesz {
			from := p.Vaddr + p.Filesz
			mem = overlay(mem, Extent{Addr: from, Size: AlignUp(end, PageSize) - from, Zero: true, Flags: flags})
		}
	}
	return mem, nil
}

// overlay maps e over what is there.
func overlay(mem []Extent, e Extent) []Extent {
	if e.Size == 0 {
		return mem
	}
	out := make([]Extent, 0, len(mem)+2)
	for _, m := range mem {
		for _, rest := range []Extent{m.Cut(0, e.Addr), m.Cut(e.End(), ^uint64(0))} {
			if rest.Size > 0 {
				out = append(out, rest)
			}
		}
	}
	i, _ := slices.BinarySearchFunc(out, e.Addr, func(m Extent, addr uint64) int { return cmp.Compare(m.Addr, addr) })
	return slices.Insert(out, i, e)
}

// FileRun returns the place in the file of the byte at an address, and how many bytes
// from there on lie in memory as they lie in the file. It is zero where none does.
func FileRun(mem []Extent, addr uint64) (off, n uint64) {
	for _, e := range mem {
		switch {
		case e.End() <= addr:
			continue
		case n == 0 && (e.Zero || e.Addr > addr):
			return 0, 0
		case n == 0:
			off, n = e.Off+(addr-e.Addr), e.End()-addr
		case e.Zero || e.Addr != addr+n || e.Off != off+n:
			return off, n
		default:
			n += e.Size
		}
	}
	return off, n
}

// A Region is a part of the address space, or of a file.
type Region struct{ From, To uint64 }

// Between returns the region that begins at from and ends before to.
func Between(from, to uint64) Region { return Region{from, to} }

// Size returns how many bytes r has.
func (r Region) Size() uint64 { return r.To - r.From }

// Merged returns regions sorted, without overlaps and without empty ones.
func Merged(regions []Region) []Region {
	regions = slices.DeleteFunc(slices.Clone(regions), func(r Region) bool { return r.From >= r.To })
	slices.SortFunc(regions, func(a, b Region) int { return cmp.Compare(a.From, b.From) })
	var out []Region
	for _, r := range regions {
		if n := len(out); n > 0 && r.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, r.To)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// Without returns what of r lies in none of the merged regions.
func (r Region) Without(regions []Region) []Region {
	var out []Region
	for _, x := range regions {
		if x.To <= r.From {
			continue
		}
		if x.From >= r.To {
			break
		}
		if x.From > r.From {
			out = append(out, Region{r.From, x.From})
		}
		r.From = x.To
		if r.From >= r.To {
			return out
		}
	}
	return append(out, r)
}
