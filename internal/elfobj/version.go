package elfobj

import (
	"debug/elf"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// The records of symbol versions (LSB Core, "Symbol Versioning") are the same for
// both classes. What is refused here is what glibc refuses, or crashes at
// (dl-version.c): records of another version than 1, a hash that is not that of the
// name, which no definition would ever answer to, and records without DT_VERSYM. musl
// reads none of it.
const (
	verCurrent = 1 // VER_NEED_CURRENT, VER_DEF_CURRENT

	verFlagBase = 1 // VER_FLG_BASE: the name of the file itself
	verFlagWeak = 2 // VER_FLG_WEAK

	dtRelr  = elf.DynTag(36) // DT_RELR
	abiRelr = "GLIBC_ABI_DT_RELR"
)

// chain walks records that each say how far away the next is. It calls f with
// each record and its place; f returns the distance, 0 at the end. The chain may
// be shorter than count, at which the loader does not look, but not longer.
func (img *reader) chain(off, size, count uint64, what string, f func(off uint64, rec []byte) (next uint32, err error)) error {
	for n := uint64(1); ; n++ {
		rec, err := img.Bytes(off, size, what)
		if err != nil {
			return err
		}
		if err := img.Spend(size); err != nil {
			return err
		}
		if img.versions++; img.versions > elfimage.MaxVersions {
			return elfimage.Errorf("%s: more than %d records of versions", what, elfimage.MaxVersions)
		}
		next, err := f(off, rec)
		if err != nil || next == 0 {
			return err
		}
		if uint64(next) < size {
			return elfimage.Errorf("%s: records overlap", what)
		}
		if n >= count {
			return elfimage.Errorf("%s has more records than it says", what)
		}
		off += uint64(next)
	}
}

func (img *reader) readVerneed(tags dynamicTags) error {
	off, count, err := img.versionTable(tags, elf.DT_VERNEED, elf.DT_VERNEEDNUM)
	if err != nil || count == 0 {
		return err
	}
	err = img.chain(off, elfimage.VerneedSize, count, "DT_VERNEED", func(off uint64, rec []byte) (uint32, error) {
		if len(img.Verneed) == 0 { // glibc looks at the first one alone
			if err := img.checkVersion(rec, "Verneed"); err != nil {
				return 0, err
			}
		}
		cnt := max(1, uint64(img.Order.Uint16(rec[2:]))) // glibc reads one in any case
		aux, next := img.Order.Uint32(rec[8:]), img.Order.Uint32(rec[12:])
		file, err := img.string(uint64(img.Order.Uint32(rec[4:])), "the file of a DT_VERNEED record")
		if err != nil {
			return 0, err
		}
		need := Verneed{File: file}
		need.Versions, err = img.readVernaux(off+uint64(aux), cnt)
		img.Verneed = append(img.Verneed, need)
		return next, err
	})
	if err != nil {
		return err
	}
	return img.checkRelr(tags)
}

// checkRelr looks for the version by which an object says that it has DT_RELR. glibc
// asks for it since it knows that table, of objects that want versions and need
// libc.so.6; an older one leaves the table unread.
func (img *reader) checkRelr(tags dynamicTags) error {
	_, relr := tags.last[dtRelr]
	if !relr || !slices.ContainsFunc(img.Needed, func(s string) bool { return strings.HasPrefix(s, "libc.so.") }) {
		return nil
	}
	for _, need := range img.Verneed {
		for _, v := range need.Versions {
			if v.Name == abiRelr {
				return nil
			}
		}
	}
	return elfimage.Errorf("DT_RELR without %s dependency", abiRelr)
}

func (img *reader) readVernaux(off, count uint64) (versions []Version, err error) {
	err = img.chain(off, elfimage.VernauxSize, count, "DT_VERNEED", func(_ uint64, rec []byte) (uint32, error) {
		hash, flags := img.Order.Uint32(rec), img.Order.Uint16(rec[4:])
		at, next := img.Order.Uint32(rec[8:]), img.Order.Uint32(rec[12:])
		weak := flags&verFlagWeak != 0
		name, err := img.version(at, hash, weak, "DT_VERNEED")
		versions = append(versions, Version{Name: name, Weak: weak})
		return next, err
	})
	return versions, err
}

func (img *reader) readVerdef(tags dynamicTags) error {
	_, img.HasVerdef = tags.last[elf.DT_VERDEF]
	off, count, err := img.versionTable(tags, elf.DT_VERDEF, elf.DT_VERDEFNUM)
	if err != nil || count == 0 {
		return err
	}
	return img.chain(off, elfimage.VerdefSize, count, "DT_VERDEF", func(off uint64, rec []byte) (uint32, error) {
		if err := img.checkVersion(rec, "Verdef"); err != nil {
			return 0, err
		}
		flags, hash := img.Order.Uint16(rec[2:]), img.Order.Uint32(rec[8:])
		aux, next := img.Order.Uint32(rec[12:]), img.Order.Uint32(rec[16:])
		if flags&verFlagBase != 0 {
			return next, nil
		}
		// The first Verdaux is the version, those after it are its parents.
		first, err := img.Bytes(off+uint64(aux), elfimage.VerdauxSize, "DT_VERDEF")
		if err != nil {
			return 0, err
		}
		name, err := img.version(img.Order.Uint32(first), hash, false, "DT_VERDEF")
		img.Verdef = append(img.Verdef, name)
		return next, err
	})
}

// version returns the name of a version, which stands at a place of the string table,
// if the hash is its own: glibc looks for a version by both. That of a weak one does
// not matter, since none must be found.
func (img *reader) version(at, hash uint32, weak bool, table string) (string, error) {
	name, err := img.string(uint64(at), "a version in "+table)
	if err != nil {
		return "", err
	}
	if err := img.Spend(uint64(len(name))); err != nil {
		return "", err
	}
	if want := hashOf(name); hash != want && !weak {
		return "", elfimage.Errorf("%s: the hash of version %q is %#x, not %#x", table, name, hash, want)
	}
	return name, nil
}

// hashOf is the hash of a name (gABI chapter 5, "Hash Table").
func hashOf(name string) uint32 {
	var h uint32
	for i := range len(name) {
		h = h<<4 + uint32(name[i])
		h = (h ^ h>>24&0xf0) &^ 0xf0000000
	}
	return h
}

// checkVersion looks at vn_version or vd_version. The words are those of glibc
// (_dl_check_map_versions and match_symbol in dl-version.c).
func (img *reader) checkVersion(rec []byte, kind string) error {
	if v := img.Order.Uint16(rec); v != verCurrent {
		return elfimage.Errorf("unsupported version %d of %s record", v, kind)
	}
	return nil
}

// versionTable returns the place of a table and the bound of its records, which
// is the size of the file where the dynamic section has none. A table has one record
// at least, for glibc reads that whatever the number.
func (img *reader) versionTable(tags dynamicTags, table, num elf.DynTag) (off, count uint64, err error) {
	addr, ok := tags.last[table]
	if !ok {
		return 0, 0, nil
	}
	if _, ok := tags.last[elf.DT_VERSYM]; !ok {
		return 0, 0, elfimage.Errorf("%s without DT_VERSYM", table)
	}
	off, _, err = img.Offset(addr, table.String())
	count, ok = tags.last[num]
	if !ok {
		count = img.Size
	}
	return off, max(1, count), err
}
