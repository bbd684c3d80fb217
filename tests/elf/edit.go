package elf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// edit writes what the linker cannot.
func (b *Builder) edit(path string, o *elfobj.Object) {
	weak := map[string]bool{}
	for _, n := range o.Verneed {
		for _, v := range n.Versions {
			weak[v.Name] = v.Weak
		}
	}
	emptyRunpath := len(o.Runpath) == 1 && o.Runpath[0] == ""
	both := o.Rpath != nil && o.Runpath != nil
	if o.Data == elf.ELFDATA2LSB && o.OSABI == elf.ELFOSABI_NONE && o.Filters == nil && !both && !emptyRunpath && !hasTrue(weak) {
		return
	}
	data, err := os.ReadFile(path)
	must(b.t, err)
	f, err := elf.NewFile(bytes.NewReader(data))
	must(b.t, err)
	if o.Data == elf.ELFDATA2MSB {
		data[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
		binary.BigEndian.PutUint32(data[20:], uint32(elf.EV_CURRENT)) // e_version
	}
	if o.OSABI != elf.ELFOSABI_NONE {
		data[elf.EI_OSABI] = byte(o.OSABI)
	}
	if o.Filters != nil {
		filter(b.t, f, data, o.Filters)
	}
	if both || emptyRunpath {
		retag(b.t, f, data, both, emptyRunpath)
	}
	if hasTrue(weak) {
		weaken(b.t, f, data, weak)
	}
	must(b.t, os.WriteFile(path, data, 0o755))
}

func hasTrue(m map[string]bool) bool {
	for _, v := range m {
		if v {
			return true
		}
	}
	return false
}

// retag turns DT_AUDIT into DT_RPATH, and the first spare DT_NULL into an empty
// DT_RUNPATH, which the linker leaves out.
func retag(t testing.TB, f *elf.File, data []byte, rpath, emptyRunpath bool) {
	s := f.Section(".dynamic")
	list := data[s.Offset : s.Offset+s.FileSize]
	for ; len(list) >= 32; list = list[16:] {
		switch elf.DynTag(binary.LittleEndian.Uint64(list)) {
		case elf.DT_AUDIT:
			if rpath {
				binary.LittleEndian.PutUint64(list, uint64(elf.DT_RPATH))
			}
		case elf.DT_NULL:
			if emptyRunpath {
				binary.LittleEndian.PutUint64(list, uint64(elf.DT_RUNPATH)) // string 0 is empty
			}
			return
		}
	}
	t.Fatal("no room in the dynamic section")
}

// filter turns those DT_NEEDED that stand for filters into them. The linker writes
// the DT_FILTER of an option before all of DT_NEEDED.
func filter(t testing.TB, f *elf.File, data []byte, filters []elfobj.Filter) {
	s := f.Section(".dynamic")
	list := data[s.Offset : s.Offset+s.FileSize]
	names, err := f.Section(".dynstr").Data()
	must(t, err)
	tags := map[string]elf.DynTag{}
	for _, f := range filters {
		tags[f.Name] = elf.DT_FILTER
		if f.Auxiliary {
			tags[f.Name] = elf.DT_AUXILIARY
		}
	}
	for ; len(list) >= 16; list = list[16:] {
		if elf.DynTag(binary.LittleEndian.Uint64(list)) != elf.DT_NEEDED {
			continue
		}
		name, _, _ := bytes.Cut(names[binary.LittleEndian.Uint64(list[8:]):], []byte{0})
		if tag, ok := tags[string(name)]; ok {
			binary.LittleEndian.PutUint64(list, uint64(tag))
		}
	}
}

// weaken sets VER_FLG_WEAK of the versions named.
func weaken(t testing.TB, f *elf.File, data []byte, weak map[string]bool) {
	needs, err := f.DynamicVersionNeeds()
	must(t, err)
	at := f.SectionByType(elf.SHT_GNU_VERNEED).Offset
	for _, n := range needs {
		at += 16
		for _, d := range n.Needs {
			if weak[d.Dep] {
				binary.LittleEndian.PutUint16(data[at+4:], 2)
			}
			at += 16
		}
	}
}
