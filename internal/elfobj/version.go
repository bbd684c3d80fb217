package elfobj

// This file reads the symbol versions that an object wants and defines (LSB
// Core, "Symbol Versioning"). The records are the same for both classes.

import "debug/elf"

const (
	verneedSize = 16
	vernauxSize = 16
	verdefSize  = 20
	verdauxSize = 8

	verFlagBase = 1 // VER_FLG_BASE: the name of the file itself
	verFlagWeak = 2 // VER_FLG_WEAK
)

// chain walks records that each say how far away the next is. It calls f with
// each record and its place; f returns the distance, 0 at the end. The count in
// the dynamic section bounds the walk where it is given: the loader does not
// look at it, so a shorter chain is fine.
func (img *image) chain(off, size, count uint64, what string, f func(off uint64, rec []byte) (next uint32, err error)) error {
	for n := uint64(1); ; n++ {
		rec, err := img.bytes(off, size, what)
		if err != nil {
			return err
		}
		if err := img.spend(off, size); err != nil {
			return err
		}
		next, err := f(off, rec)
		if err != nil || next == 0 {
			return err
		}
		if uint64(next) < size {
			return formatErr(off, "%s: records overlap", what)
		}
		if n >= count {
			return formatErr(off, "%s has more records than it says", what)
		}
		off += uint64(next)
	}
}

func (img *image) readVerneed(tags dynamicTags) error {
	off, count, err := img.versionTable(tags, elf.DT_VERNEED, elf.DT_VERNEEDNUM)
	if err != nil || count == 0 {
		return err
	}
	return img.chain(off, verneedSize, count, "DT_VERNEED", func(off uint64, rec []byte) (uint32, error) {
		cnt := uint64(img.order.Uint16(rec[2:]))
		aux, next := img.order.Uint32(rec[8:]), img.order.Uint32(rec[12:])
		file, err := img.string(uint64(img.order.Uint32(rec[4:])), "the file of a DT_VERNEED record")
		if err != nil {
			return 0, err
		}
		need := Verneed{File: file}
		if cnt > 0 {
			need.Versions, err = img.readVernaux(off+uint64(aux), cnt)
		}
		img.Verneed = append(img.Verneed, need)
		return next, err
	})
}

func (img *image) readVernaux(off, count uint64) (versions []Version, err error) {
	err = img.chain(off, vernauxSize, count, "DT_VERNEED", func(_ uint64, rec []byte) (uint32, error) {
		flags := img.order.Uint16(rec[4:])
		next := img.order.Uint32(rec[12:])
		name, err := img.string(uint64(img.order.Uint32(rec[8:])), "a version in DT_VERNEED")
		versions = append(versions, Version{Name: name, Weak: flags&verFlagWeak != 0})
		return next, err
	})
	return versions, err
}

func (img *image) readVerdef(tags dynamicTags) error {
	_, img.HasVerdef = tags.last[elf.DT_VERDEF]
	off, count, err := img.versionTable(tags, elf.DT_VERDEF, elf.DT_VERDEFNUM)
	if err != nil || count == 0 {
		return err
	}
	return img.chain(off, verdefSize, count, "DT_VERDEF", func(off uint64, rec []byte) (uint32, error) {
		flags, cnt := img.order.Uint16(rec[2:]), img.order.Uint16(rec[6:])
		aux, next := img.order.Uint32(rec[12:]), img.order.Uint32(rec[16:])
		if flags&verFlagBase != 0 || cnt == 0 {
			return next, nil
		}
		// The first Verdaux is the version, those after it are its parents.
		first, err := img.bytes(off+uint64(aux), verdauxSize, "DT_VERDEF")
		if err != nil {
			return 0, err
		}
		name, err := img.string(uint64(img.order.Uint32(first)), "a version in DT_VERDEF")
		img.Verdef = append(img.Verdef, name)
		return next, err
	})
}

func (img *image) versionTable(tags dynamicTags, table, num elf.DynTag) (off, count uint64, err error) {
	addr, ok := tags.last[table]
	if !ok {
		return 0, 0, nil
	}
	off, _, err = img.offset(addr, table.String())
	count, ok = tags.last[num]
	if !ok {
		count = img.size
	}
	return off, count, err
}
