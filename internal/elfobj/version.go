package elfobj

import "debug/elf"

// The records of symbol versions (LSB Core, "Symbol Versioning") are the same for
// both classes. glibc takes no record of another version than 1.
const (
	verCurrent = 1 // VER_NEED_CURRENT, VER_DEF_CURRENT

	verneedSize = 16
	vernauxSize = 16
	verdefSize  = 20
	verdauxSize = 8

	maxVersions = 1 << 16 // records of one object; glibc's own libraries have some dozens

	verFlagBase = 1 // VER_FLG_BASE: the name of the file itself
	verFlagWeak = 2 // VER_FLG_WEAK
)

// chain walks records that each say how far away the next is. It calls f with
// each record and its place; f returns the distance, 0 at the end. The chain may
// be shorter than count, at which the loader does not look, but not longer.
func (img *image) chain(off, size, count uint64, what string, f func(off uint64, rec []byte) (next uint32, err error)) error {
	for n := uint64(1); ; n++ {
		rec, err := img.bytes(off, size, what)
		if err != nil {
			return err
		}
		if err := img.spend(size); err != nil {
			return err
		}
		if img.versions++; img.versions > maxVersions {
			return formatErr("%s: more than %d records of versions", what, maxVersions)
		}
		next, err := f(off, rec)
		if err != nil || next == 0 {
			return err
		}
		if uint64(next) < size {
			return formatErr("%s: records overlap", what)
		}
		if n >= count {
			return formatErr("%s has more records than it says", what)
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
		if err := img.checkVersion(rec, "Verneed"); err != nil {
			return 0, err
		}
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
		if err := img.checkVersion(rec, "Verdef"); err != nil {
			return 0, err
		}
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

// checkVersion looks at vn_version or vd_version. The words are those of glibc
// (_dl_check_map_versions and match_symbol in dl-version.c).
func (img *image) checkVersion(rec []byte, kind string) error {
	if v := img.order.Uint16(rec); v != verCurrent {
		return formatErr("unsupported version %d of %s record", v, kind)
	}
	return nil
}

// versionTable returns the place of a table and the bound of its records, which
// is the size of the file where the dynamic section has none.
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
