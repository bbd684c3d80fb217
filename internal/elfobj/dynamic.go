package elfobj

import (
	"bytes"
	"debug/elf"
	"strings"
)

// maxSearch bounds how many files the search for the needs of one object opens
// along its own path. It is far above any real object, and takes a moment only.
const maxSearch = 1 << 18

// dynamicTags are those entries of PT_DYNAMIC (gABI chapter 5, "Dynamic Section")
// that are read here. Of a tag that may not repeat the last entry counts, as for
// the loader.
type dynamicTags struct {
	needed []uint64
	last   map[elf.DynTag]uint64
}

func (img *image) readDynamic(p prog) error {
	if p.Filesz == 0 {
		return nil // a file with only debugging symbols keeps the headers of the rest
	}
	off, n, err := img.offset(p.Vaddr, "PT_DYNAMIC")
	if err != nil {
		return err
	}
	if p.Filesz > n {
		return formatErr("PT_DYNAMIC goes beyond its PT_LOAD segment or the file")
	}
	table, err := img.bytes(off, p.Filesz, "PT_DYNAMIC")
	if err != nil {
		return err
	}
	tags := img.scanDynamic(table)
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

func (img *image) scanDynamic(table []byte) dynamicTags {
	tags := dynamicTags{last: map[elf.DynTag]uint64{}}
	word := 4
	if img.is64() {
		word = 8
	}
	for ; len(table) >= 2*word; table = table[2*word:] {
		tag, val := elf.DynTag(img.word(table)), img.word(table[word:])
		switch tag {
		case elf.DT_NULL:
			return tags
		case elf.DT_NEEDED:
			tags.needed = append(tags.needed, val)
		case elf.DT_STRTAB, elf.DT_STRSZ, elf.DT_SONAME, elf.DT_RPATH, elf.DT_RUNPATH, elf.DT_FLAGS, elf.DT_FLAGS_1,
			elf.DT_VERNEED, elf.DT_VERNEEDNUM, elf.DT_VERDEF, elf.DT_VERDEFNUM:
			tags.last[tag] = val
		}
	}
	return tags
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
	for _, tag := range []elf.DynTag{elf.DT_SONAME, elf.DT_RPATH, elf.DT_RUNPATH} {
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
		}
	}
	if len(img.Needed)*max(len(img.Rpath), len(img.Runpath)) > maxSearch {
		return formatErr("%d libraries needed, to be looked for in %d directories", len(img.Needed), max(len(img.Rpath), len(img.Runpath)))
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
