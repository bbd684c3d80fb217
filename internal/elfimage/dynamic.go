package elfimage

import "debug/elf"

// maxDynamic bounds the entries of one PT_DYNAMIC. The largest that wheels have
// hold some hundreds.
const maxDynamic = 1 << 14

// EachDynamic calls f for the entries of a dynamic section up to DT_NULL, and
// reports whether there is one.
func (img *Image) EachDynamic(off, size uint64, f func(tag elf.DynTag, val uint64)) (ended bool, err error) {
	word := img.WordSize()
	for n := uint64(0); (n+1)*2*word <= size; n++ {
		if n == maxDynamic {
			return false, Errorf("PT_DYNAMIC has more than %d entries", maxDynamic)
		}
		entry, err := img.Bytes(off+n*2*word, 2*word, "PT_DYNAMIC")
		if err != nil {
			return false, err
		}
		tag := elf.DynTag(img.Word(entry))
		f(tag, img.Word(entry[word:]))
		if tag == elf.DT_NULL {
			return true, nil
		}
	}
	return false, nil
}
