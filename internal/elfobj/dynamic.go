package elfobj

import (
	"bytes"
	"debug/elf"
	"strings"
)

// maxSearch bounds how many files the search for the needs of one object opens
// along its own path. It is far above any real object, and takes a moment only.
const maxSearch = 1 << 18

// maxDynamic bounds the entries of one PT_DYNAMIC. The largest that wheels have
// hold some hundreds.
const maxDynamic = 1 << 14

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

func (img *image) readDynamic(p prog) error {
	if p.Filesz == 0 {
		img.DebugOnly = !img.Dynamic // such a file keeps the headers of the rest
		return nil
	}
	off, n, err := img.offset(p.Vaddr, "PT_DYNAMIC")
	if err != nil {
		return err
	}
	if p.Filesz > n {
		return formatErr("PT_DYNAMIC goes beyond its PT_LOAD segment or the file")
	}
	tags, err := img.scanDynamic(off, p.Filesz)
	if err != nil {
		return err
	}
	if img.Dynamic {
		return formatErr("two PT_DYNAMIC segments")
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

func (img *image) scanDynamic(off, size uint64) (dynamicTags, error) {
	tags := dynamicTags{last: map[elf.DynTag]uint64{}}
	_, err := img.eachDynamic(off, size, func(tag elf.DynTag, val uint64) {
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

// eachDynamic calls f for the entries of a dynamic section up to DT_NULL, and
// reports whether there is one.
func (img *image) eachDynamic(off, size uint64, f func(tag elf.DynTag, val uint64)) (ended bool, err error) {
	word := img.wordSize()
	for n := uint64(0); (n+1)*2*word <= size; n++ {
		if n == maxDynamic {
			return false, formatErr("PT_DYNAMIC has more than %d entries", maxDynamic)
		}
		entry, err := img.bytes(off+n*2*word, 2*word, "PT_DYNAMIC")
		if err != nil {
			return false, err
		}
		tag := elf.DynTag(img.word(entry))
		f(tag, img.word(entry[word:]))
		if tag == elf.DT_NULL {
			return true, nil
		}
	}
	return false, nil
}

func (img *image) readStringTable(tags dynamicTags) error {
	addr, ok := tags.last[elf.DT_STRTAB]
	if !ok {
		return nil // an error for the first name that is read
	}
	off, n, err := img.offset(addr, "DT_STRTAB")
	if err != nil {
		return err
	}
	if size, ok := tags.last[elf.DT_STRSZ]; ok {
		if size > n {
			return formatErr("DT_STRSZ of %d bytes goes beyond the segment of the string table", size)
		}
		n = size
	}
	img.strtab, img.strtabLen = off, n
	return nil
}

// string returns a name of the dynamic string table.
func (img *image) string(at uint64, what string) (string, error) {
	if s, ok := img.names[at]; ok {
		return s, nil
	}
	if at >= img.strtabLen {
		return "", formatErr("%s lies outside the string table", what)
	}
	s, err := img.cstring(img.strtab+at, img.strtabLen-at, what)
	if err != nil {
		return "", err
	}
	img.names[at] = s
	return s, nil
}

func (img *image) readNames(tags dynamicTags) error {
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
		return formatErr("%d libraries needed, to be looked for in %d directories: that is more than %d files", names, dirs, maxSearch)
	}
	flags1 := elf.DynFlag1(tags.last[elf.DT_FLAGS_1])
	img.NoDefLib = flags1&elf.DF_1_NODEFLIB != 0
	img.PIE = flags1&elf.DF_1_PIE != 0
	img.OriginFlag = flags1&elf.DF_1_ORIGIN != 0 || elf.DynFlag(tags.last[elf.DT_FLAGS])&elf.DF_ORIGIN != 0
	return nil
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
