package elfcheck_test

import (
	"bytes"
	"debug/elf"
	"slices"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/patchelfs"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/written"
)

// lasting returns the places in an edited file of which no byte may differ: what the
// sections held before, without .interp, .dynamic, the string of the search path, and of
// symbols the index of their section.
func lasting(f *testing.F, before, after []byte, rpath string) []uint64 {
	f.Helper()
	old, err := elf.NewFile(bytes.NewReader(before))
	if err != nil {
		f.Fatal(err)
	}
	now, err := elf.NewFile(bytes.NewReader(after))
	if err != nil {
		f.Fatal(err)
	}
	strs, err := old.Section(".dynstr").Data()
	if err != nil {
		f.Fatal(err)
	}
	path := uint64(bytes.Index(strs, append([]byte(rpath), 0)))
	var places []uint64
	for _, s := range old.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Type == elf.SHT_NOBITS || s.Name == ".interp" || s.Name == ".dynamic" {
			continue
		}
		to := now.Section(s.Name)
		for at := uint64(0); at < s.Size; at++ {
			if s.Name == ".dynstr" && at >= path && at <= path+uint64(len(rpath)) || s.Name == ".dynsym" && at%24/2 == 3 {
				continue
			}
			places = append(places, to.Offset+at)
		}
	}
	return places
}

// Rule: any one byte that patchelf has no reason to change, changed, is found.
func FuzzSameImageFindsAByte(f *testing.F) {
	type pair struct {
		before, after []byte
		places        []uint64
	}
	var pairs []pair
	for _, name := range []string{"moved", "in place"} {
		e := imageEdits[name]
		before, after := edited(f, patchelfs.Get(f, patchelfs.System), compileImage(f, e.was), "--set-rpath", e.now)
		pairs = append(pairs, pair{before, after, lasting(f, before, after, e.was)})
	}
	for i := uint32(0); i < 20000; i += 619 {
		f.Add(i, i%2 == 0, byte(1<<(i%8)))
	}
	f.Fuzz(func(t *testing.T, at uint32, first bool, change byte) {
		if change == 0 {
			return
		}
		p := pairs[0]
		if first {
			p = pairs[1]
		}
		data := slices.Clone(p.after)
		place := p.places[int(at)%len(p.places)]
		data[place] ^= change
		damages, err := elfcheck.SameImage(bytes.NewReader(p.before), bytes.NewReader(data), int64(len(p.before)), int64(len(data)), runpathAllowed, nil)
		if err != nil || len(damages) == 0 {
			t.Errorf("offset %#x, changed by %#x: %v", place, change, err)
		}
	})
}

// Rule: whatever two files hold, they are compared, and a file that can be mapped is
// equal to itself.
func FuzzSameImageOfAnything(f *testing.F) {
	file := written.Object(written.Sample())
	f.Add(file, uint32(70), uint64(1), uint32(64), uint64(9), true)
	f.Add(file, uint32(200), uint64(0xffffffffffffffff), uint32(32), uint64(0), false)
	f.Fuzz(func(t *testing.T, data []byte, at uint32, change uint64, atToo uint32, changeToo uint64, all bool) {
		if len(data) > 1<<16 {
			return
		}
		other := slices.Clone(data)
		for i := range 8 {
			if n := len(other); n > 0 {
				other[(int(at)+i)%n] ^= byte(change >> (8 * i))
				other[(int(atToo)+i)%n] ^= byte(changeToo >> (8 * i))
			}
		}
		allowed := elfcheck.Allowed{Interp: all, Runpath: all, Needed: all, Symbols: all}
		for i, pair := range [][2][]byte{{data, other}, {other, data}, {data, data}} {
			damages, err := elfcheck.SameImage(bytes.NewReader(pair[0]), bytes.NewReader(pair[1]), int64(len(pair[0])), int64(len(pair[1])), allowed, nil)
			if err != nil {
				t.Fatal(err)
			}
			if i == 2 && len(damages) > 0 && len(elfcheck.CheckLayout(bytes.NewReader(data), int64(len(data)))) == 0 {
				t.Errorf("not equal to itself: %v", damages)
			}
		}
	})
}
