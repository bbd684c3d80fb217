package ldso

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// The format of ld.so.cache is that which ldconfig writes since glibc 2.32
// (elf/cache.c, sysdeps/generic/dl-cache.h). Only a machine's own loader has such
// a file: that of a Nix glibc looks for it in its store path, in vain.
const (
	cacheMagic     = "glibc-ld.so.cache1.1"
	cacheHeader    = 48
	cacheEntry     = 24
	cacheExtMagic  = 0xeaa42174
	cacheHwcap     = 1 << 62 // the low half is an index of the glibc-hwcaps names
	cacheNamesTag  = 1
	cacheFlagsType = 0x3 // FLAG_ELF_LIBC6
)

// cache looks the name up in the loader's cache. An object that wants no default
// directories gets nothing that lies in them.
func (s *search) cache(noDefLib bool, name string) {
	if s.CacheFile == "" || s.done() {
		return
	}
	p := Place{Via: Default, Dir: s.CacheFile}
	file, ok := s.Cache[name]
	if ok && noDefLib && slices.ContainsFunc(s.DefaultDirs, func(dir string) bool { return strings.HasPrefix(file, dir+"/") }) {
		ok = false
	}
	if !ok {
		s.need.Searched = append(s.need.Searched, p)
		return
	}
	s.try(p, file)
}

// cacheFlags returns the flags of those entries that are of the loader's kind
// (_DL_CACHE_DEFAULT_ID).
func cacheFlags(loader *elfobj.Object) uint32 {
	m, _ := arch.Of(loader.Kind())
	return cacheFlagsType | m.CacheFlag
}

// parseCache returns the path of every soname. Of several the one for the best
// processor counts, else the first. What is no cache, or damaged, holds nothing,
// as for the loader.
func parseCache(data []byte, order binary.ByteOrder, flags uint32, hwcaps []string) map[string]string {
	if len(data) < cacheHeader || !bytes.HasPrefix(data, []byte(cacheMagic)) {
		return nil
	}
	text := string(data) // names and paths share this one copy
	str := func(at uint32) string {
		if uint64(at) >= uint64(len(text)) {
			return ""
		}
		s, _, ok := strings.Cut(text[at:min(len(text), int(at)+4096)], "\x00")
		if !ok {
			return ""
		}
		return s
	}
	names := cacheHwcapNames(data, order, str)
	n := min(uint64(order.Uint32(data[20:])), uint64(len(data)-cacheHeader)/cacheEntry)
	found, rank := map[string]string{}, map[string]int{}
	for i := range n {
		e := data[cacheHeader+i*cacheEntry:]
		key, path := str(order.Uint32(e[4:])), str(order.Uint32(e[8:]))
		if order.Uint32(e) != flags || key == "" || path == "" {
			continue
		}
		r := len(hwcaps)
		if hw := order.Uint64(e[16:]); hw>>32 == cacheHwcap>>32 && uint64(uint32(hw)) < uint64(len(names)) {
			r = slices.Index(hwcaps, names[uint32(hw)])
		} else if hw != 0 {
			r = -1 // for a processor of which this package knows nothing
		}
		if old, ok := rank[key]; r >= 0 && (!ok || r < old) {
			found[key], rank[key] = path, r
		}
	}
	return found
}

// cacheHwcapNames reads the names of the glibc-hwcaps subdirectories from the
// extension at the end of the file.
func cacheHwcapNames(data []byte, order binary.ByteOrder, str func(uint32) string) (names []string) {
	u32 := func(at uint64) uint32 {
		if at+4 > uint64(len(data)) {
			return 0
		}
		return order.Uint32(data[at:])
	}
	ext := uint64(order.Uint32(data[32:]))
	if ext == 0 || u32(ext) != cacheExtMagic {
		return nil
	}
	for i := range uint64(min(u32(ext+4), 16)) {
		section := ext + 8 + i*16
		if u32(section) != cacheNamesTag {
			continue
		}
		at, size := uint64(u32(section+8)), uint64(u32(section+12))
		for j := uint64(0); j+4 <= min(size, 4096); j += 4 {
			names = append(names, str(u32(at+j)))
		}
	}
	return names
}
