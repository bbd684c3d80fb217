package elfobj_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// Rule: each condition of the layout is seen when one named edit of a sound
// object breaks it.
func TestEachRuleSeesItsOwnDamage(t *testing.T) {
	// The program headers of build(sample()): each 56 bytes from offset 64 on.
	const load, interp, dynamic = 0, 1, 4
	const flags, off, vaddr, filesz, memsz, align = 4, 8, 16, 32, 40, 48
	set := func(data []byte, prog, field int, v uint64) {
		at := data[64+56*prog+field:]
		if field == flags {
			binary.LittleEndian.PutUint32(at, uint32(v))
		} else {
			binary.LittleEndian.PutUint64(at, v)
		}
	}
	get := func(data []byte, prog, field int) uint64 {
		return binary.LittleEndian.Uint64(data[64+56*prog+field:])
	}
	for name, c := range map[string]struct {
		rule elfobj.Rule
		edit func(data []byte) []byte
	}{
		"offset and address not congruent modulo the page": {elfobj.RuleAlign, func(d []byte) []byte {
			set(d, load, vaddr, base+0x10)
			return d
		}},
		"congruent modulo the page but not p_align": {elfobj.RuleAlign, func(d []byte) []byte {
			set(d, load, align, 0x1000000)
			return d
		}},
		"alignment no power of two": {elfobj.RuleAlign, func(d []byte) []byte {
			set(d, load, align, 0x3000)
			return d
		}},
		"segment beyond the end of the file": {elfobj.RuleBounds, func(d []byte) []byte {
			set(d, load, filesz, 0x100000)
			set(d, load, memsz, 0x100000)
			return d
		}},
		"more bytes in the file than in memory": {elfobj.RuleBounds, func(d []byte) []byte {
			set(d, load, memsz, 0x10)
			return d
		}},
		"segments overlap": {elfobj.RuleOrder, func(d []byte) []byte {
			copy(d[64+56*interp:], d[64+56*load:64+56*(load+1)])
			return d
		}},
		"PT_INTERP outside of every PT_LOAD": {elfobj.RuleCovered, func(d []byte) []byte {
			set(d, interp, vaddr, 0x100)
			return d
		}},
		"PT_DYNAMIC shown from another place of the file": {elfobj.RuleCovered, func(d []byte) []byte {
			set(d, dynamic, off, get(d, dynamic, off)-8)
			return d
		}},
		"PT_DYNAMIC in a read-only PT_LOAD (patchelf 0.17.2)": {elfobj.RuleWritable, func(d []byte) []byte {
			set(d, load, flags, uint64(elf.PF_R))
			return d
		}},
		"interpreter without a NUL": {elfobj.RuleInterp, func(d []byte) []byte {
			set(d, interp, filesz, 5)
			return d
		}},
		"dynamic section without an end": {elfobj.RuleDynamic, func(d []byte) []byte {
			set(d, dynamic, filesz, 32)
			return d
		}},
		"string table outside of every PT_LOAD": {elfobj.RuleTables, func(d []byte) []byte {
			i := bytes.LastIndex(d, []byte{5, 0, 0, 0, 0, 0, 0, 0}) // DT_STRTAB
			binary.LittleEndian.PutUint64(d[i+8:], 0x10)
			return d
		}},
		"string table longer than its PT_LOAD": {elfobj.RuleTables, func(d []byte) []byte {
			i := bytes.LastIndex(d, []byte{10, 0, 0, 0, 0, 0, 0, 0}) // DT_STRSZ
			binary.LittleEndian.PutUint64(d[i+8:], 0x10000)
			return d
		}},
		"no ELF object": {elfobj.RuleFormat, func(d []byte) []byte { return d[1:] }},
	} {
		data := c.edit(build(sample()))
		damage := elfobj.CheckLayout(bytes.NewReader(data), int64(len(data)))
		seen := false
		for _, d := range damage {
			seen = seen || d.Rule == c.rule && d.Text != ""
		}
		if !seen {
			t.Errorf("%s: rule %q does not see it; found %v", name, c.rule, damage)
		}
	}
}

// Rule: a table may go on into the next PT_LOAD where that continues address and
// file: patchelf 0.14 splits node's so, and node runs.
func TestTableAcrossTwoSegments(t *testing.T) {
	data := build(sample())
	strtab := uint64(bytes.Index(data, []byte("libm.so.6")) + 4)
	size := uint64(len(data))
	// PT_INTERP is made the second PT_LOAD, from the middle of the strings on.
	le := binary.LittleEndian
	first, second := data[64:], data[64+56:]
	le.PutUint32(second, uint32(elf.PT_LOAD))
	le.PutUint32(second[4:], uint32(elf.PF_R|elf.PF_W))
	for _, f := range []struct{ at, v uint64 }{{8, strtab}, {16, base + strtab}, {32, size - strtab}, {40, size - strtab}, {48, 4096}} {
		le.PutUint64(second[f.at:], f.v)
	}
	le.PutUint64(first[32:], strtab)
	le.PutUint64(first[40:], strtab)
	if d := elfobj.CheckLayout(bytes.NewReader(data), int64(len(data))); d != nil {
		t.Errorf("damage: %v", d)
	}
	obj, err := read(data)
	if err != nil || obj.Soname != sample().Soname {
		t.Errorf("soname %q, error %v", obj.Soname, err)
	}
}

// Rule: an edit may change the interpreter and the run path, and nothing else.
func TestSameDynamic(t *testing.T) {
	after := sample()
	after.Interp, after.Runpath, after.Rpath = "/nix/store/x/ld.so", []string{"/x"}, nil
	if err := elfobj.SameDynamic(sample(), after); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*elfobj.Object){
		"DT_NEEDED":                    func(o *elfobj.Object) { o.Needed = o.Needed[1:] },
		"DT_SONAME":                    func(o *elfobj.Object) { o.Soname = "y" },
		"the symbol versions wanted":   func(o *elfobj.Object) { o.Verneed = nil },
		"the symbol versions defined":  func(o *elfobj.Object) { o.Verdef = o.Verdef[:1] },
		"PT_GNU_STACK":                 func(o *elfobj.Object) { o.ExecStack = false },
		"DT_FLAGS_1 changed from true": func(o *elfobj.Object) { o.NoDefLib = false },
	} {
		o := sample()
		change(o)
		if err := elfobj.SameDynamic(sample(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one on %q", err, want)
		}
	}
}
