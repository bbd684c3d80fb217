package elfobj

import (
	"cmp"
	"debug/elf"
	"slices"
)

// An extent is a part of the memory of a mapped file that comes from one place.
type extent struct {
	addr, size uint64
	off        uint64 // of the file, where zero is false
	zero       bool   // none of the file's bytes
	flags      elf.ProgFlag
}

func (e extent) end() uint64 { return e.addr + e.size }

// cut returns what of e lies within [from, to).
func (e extent) cut(from, to uint64) extent {
	from, to = max(from, e.addr), min(to, e.end())
	if from >= to {
		return extent{}
	}
	e.off += from - e.addr
	e.addr, e.size = from, to-from
	return e
}

// memory returns what the kernel or the loader makes of the PT_LOADs, sorted by
// address: whole pages of the file, each PT_LOAD over what was there before, and the
// part of p_memsz beyond p_filesz cleared (elf_map and padzero of the kernel,
// _dl_map_segments of glibc).
func (img *image) memory() ([]extent, error) {
	var mem []extent
	for i, p := range img.progs {
		if p.Type != elf.PT_LOAD || p.Memsz == 0 {
			continue
		}
		end := p.Vaddr + max(p.Filesz, p.Memsz)
		if (p.Vaddr-p.Off)%minPageSize != 0 || end < p.Vaddr || alignUp(end, minPageSize) < end {
			return nil, formatErr("PT_LOAD %d cannot be mapped", i)
		}
		flags := p.Flags & (elf.PF_R | elf.PF_W | elf.PF_X)
		head := p.Vaddr % minPageSize
		file := extent{addr: p.Vaddr - head, off: p.Off - head, flags: flags}
		file.size = alignUp(p.Vaddr+p.Filesz, minPageSize) - file.addr
		mem = overlay(mem, file)
		if file.off+file.size > img.size { // the last page goes on with zeros
			from := file.addr + min(file.size, img.size-min(img.size, file.off))
			mem = overlay(mem, extent{addr: from, size: file.end() - from, zero: true, flags: flags})
		}
		if p.Memsz > p.Filesz {
			from := p.Vaddr + p.Filesz
			mem = overlay(mem, extent{addr: from, size: alignUp(end, minPageSize) - from, zero: true, flags: flags})
		}
	}
	return mem, nil
}

// overlay maps e over what is there.
func overlay(mem []extent, e extent) []extent {
	if e.size == 0 {
		return mem
	}
	out := make([]extent, 0, len(mem)+2)
	for _, m := range mem {
		for _, rest := range []extent{m.cut(0, e.addr), m.cut(e.end(), ^uint64(0))} {
			if rest.size > 0 {
				out = append(out, rest)
			}
		}
	}
	i, _ := slices.BinarySearchFunc(out, e.addr, func(m extent, addr uint64) int { return cmp.Compare(m.addr, addr) })
	return slices.Insert(out, i, e)
}

// fileRun returns the place in the file of the byte at an address, and how many bytes
// from there on lie in memory as they lie in the file. It is zero where none does.
func fileRun(mem []extent, addr uint64) (off, n uint64) {
	for _, e := range mem {
		switch {
		case e.end() <= addr:
			continue
		case n == 0 && (e.zero || e.addr > addr):
			return 0, 0
		case n == 0:
			off, n = e.off+(addr-e.addr), e.end()-addr
		case e.zero || e.addr != addr+n || e.off != off+n:
			return off, n
		default:
			n += e.size
		}
	}
	return off, n
}

// A region is a part of the address space, or of a file.
type region struct{ from, to uint64 }

// merged returns regions sorted, without overlaps and without empty ones.
func merged(regions []region) []region {
	regions = slices.DeleteFunc(slices.Clone(regions), func(r region) bool { return r.from >= r.to })
	slices.SortFunc(regions, func(a, b region) int { return cmp.Compare(a.from, b.from) })
	var out []region
	for _, r := range regions {
		if n := len(out); n > 0 && r.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, r.to)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// without returns what of r lies in none of the merged regions.
func (r region) without(regions []region) []region {
	var out []region
	for _, x := range regions {
		if x.to <= r.from {
			continue
		}
		if x.from >= r.to {
			break
		}
		if x.from > r.from {
			out = append(out, region{r.from, x.from})
		}
		r.from = x.to
		if r.from >= r.to {
			return out
		}
	}
	return append(out, r)
}
