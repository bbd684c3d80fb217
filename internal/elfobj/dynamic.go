package elfobj

import (
	"debug/elf"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// maxSearch bounds how many files the search for the needs of one object opens
// along its own path. It is far above any real object, and takes a moment only.
const maxSearch = 1 << 18

// dynamicTags are those entries of PT_DYNAMIC (gABI chapter 5, "Dynamic Section")
// that are read here. Of a tag that may not repeat the last entry counts, as for
// the loader.
type dynamicTags struct {
	needed  []uint64
	filters []filterTag
	last    map[elf.DynTag]uint64
}

// A filterTag is a DT_FILTER or DT_AUXILIARY.
type filterTag struct {
	tag    elf.DynTag
	name   uint64
	before int // as Filter.Before
}

func (img *reader) readDynamic(p elfimage.Prog) error {
	if p.Filesz == 0 {
		img.DebugOnly = !img.Dynamic // such a file keeps the headers of the rest
		return nil
	}
	off, n, err := img.Offset(p.Vaddr, "PT_DYNAMIC")
	if err != nil {
		return err
	}
	if p.Filesz > n {
		return elfimage.Errorf("PT_DYNAMIC goes beyond its PT_LOAD segment or the file")
	}
	tags, err := img.scanDynamic(off, p.Filesz)
	if err != nil {
		return err
	}
	if img.Dynamic {
		return elfimage.Errorf("two PT_DYNAMIC segments")
	}
	img.Dynamic = true
	if err := img.readStringTable(tags); err != nil {
		return err
	}
	if err := img.readNames(tags); err != nil {
		return err
	}
	if err := img.readVerneed(tags); err != nil {
		return err
	}
	return img.readVerdef(tags)
}

func (img *reader) scanDynamic(off, size uint64) (dynamicTags, error) {
	tags := dynamicTags{last: map[elf.DynTag]uint64{}}
	_, err := img.EachDynamic(off, size, func(tag elf.DynTag, val uint64) {
		switch tag {
		case elf.DT_NEEDED:
			tags.needed = append(tags.needed, val)
		case elf.DT_FILTER, elf.DT_AUXILIARY:
			tags.filters = append(tags.filters, filterTag{tag, val, len(tags.needed)})
		case elf.DT_STRTAB, elf.DT_STRSZ, elf.DT_SONAME, elf.DT_RPATH, elf.DT_RUNPATH, elf.DT_FLAGS, elf.DT_FLAGS_1,
			elf.DT_VERNEED, elf.DT_VERNEEDNUM, elf.DT_VERDEF, elf.DT_VERDEFNUM, elf.DT_VERSYM, dtRelr, elf.DT_AUDIT, elf.DT_DEPAUDIT:
			tags.last[tag] = val
		}
	})
	return tags, err
}

func (img *reader) readStringTable(tags dynamicTags) error {
	addr, ok := tags.last[elf.DT_STRTAB]
	if !ok {
		return nil // an error for the first name that is read
	}
	off, n, err := img.Offset(addr, "DT_STRTAB")
	if err != nil {
		return err
	}
	if size, ok := tags.last[elf.DT_STRSZ]; ok {
		if size > n {
			return elfimage.Errorf("DT_STRSZ of %d bytes goes beyond the segment of the string table", size)
		}
		n = size
	}
	img.strtab = elfimage.Region{From: off, To: off + n}
	return nil
}

// string returns a name of the dynamic string table.
func (img *reader) string(at uint64, what string) (string, error) {
	if s, ok := img.names[at]; ok {
		return s, nil
	}
	if at >= img.strtab.Size() {
		return "", elfimage.Errorf("%s lies outside the string table", what)
	}
	s, err := img.CString(img.strtab.From+at, img.strtab.Size()-at, what)
	if err != nil {
		return "", err
	}
	img.names[at] = s
	return s, nil
}

func (img *reader) readNames(tags dynamicTags) error {
	for _, at := range tags.needed {
		s, err := img.string(at, "DT_NEEDED")
		if err != nil {
			return err
		}
		img.Needed = append(img.Needed, s)
	}
	for _, f := range tags.filters {
		s, err := img.string(f.name, f.tag.String())
		if err != nil {
			return err
		}
		img.Filters = append(img.Filters, Filter{Name: s, Auxiliary: f.tag == elf.DT_AUXILIARY, Before: f.before})
	}
	for _, tag := range []elf.DynTag{elf.DT_SONAME, elf.DT_RPATH, elf.DT_RUNPATH, elf.DT_AUDIT, elf.DT_DEPAUDIT} {
		at, ok := tags.last[tag]
		if !ok {
			continue
		}
		s, err := img.string(at, tag.String())
		if err != nil {
			return err
		}
		switch tag {
		case elf.DT_SONAME:
			img.Soname = s
		case elf.DT_RPATH:
			img.Rpath = strings.Split(s, ":")
		case elf.DT_RUNPATH:
			img.Runpath = strings.Split(s, ":")
		case elf.DT_AUDIT, elf.DT_DEPAUDIT:
			img.Audit = append(img.Audit, strings.FieldsFunc(s, func(r rune) bool { return r == ':' })...)
		}
	}
	if names, dirs := len(img.Needed)+len(img.Filters), max(len(img.Rpath), len(img.Runpath)); names*dirs > maxSearch {
		return elfimage.Errorf("%d libraries needed, to be looked for in %d directories: that is more than %d files", names, dirs, maxSearch)
	}
	flags1 := elf.DynFlag1(tags.last[elf.DT_FLAGS_1])
	img.NoDefLib = flags1&elf.DF_1_NODEFLIB != 0
	img.PIE = flags1&elf.DF_1_PIE != 0
	img.OriginFlag = flags1&elf.DF_1_ORIGIN != 0 || elf.DynFlag(tags.last[elf.DT_FLAGS])&elf.DF_ORIGIN != 0
	return nil
}
