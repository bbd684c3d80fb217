package main

import (
	"bytes"
	"encoding/binary"
)

// A library is what the dynamic section of a made object says. The rest of it is what
// ld.so asks for: two segments, an empty symbol table and its hash table.
type library struct {
	soname, runpath string
	needed          []string
}

// bytes returns the object as an x86_64 ELF file (gABI chapters 4 and 5).
func (l library) bytes() []byte {
	strtab := []byte{0}
	str := func(s string) uint64 {
		at := len(strtab)
		strtab = append(append(strtab, s...), 0)
		return uint64(at)
	}
	var dynamic []uint64
	add := func(tag, value uint64) { dynamic = append(dynamic, tag, value) }
	for _, name := range l.needed {
		add(1, str(name)) // DT_NEEDED
	}
	if l.soname != "" {
		add(14, str(l.soname)) // DT_SONAME
	}
	if l.runpath != "" {
		add(29, str(l.runpath)) // DT_RUNPATH
	}
	const header, hash, symbol = 64 + 2*56, 5 * 4, 24 // one bucket, one symbol
	symtab := uint64(header + hash + 4)
	strings := symtab + symbol
	add(4, header)               // DT_HASH
	add(6, symtab)               // DT_SYMTAB
	add(11, symbol)              // DT_SYMENT
	add(5, strings)              // DT_STRTAB
	add(10, uint64(len(strtab))) // DT_STRSZ
	add(0, 0)
	at := (strings + uint64(len(strtab)) + 7) &^ 7
	size := at + uint64(len(dynamic)*8)

	var out bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			// A buffer takes whatever has a fixed size.
			_ = binary.Write(&out, binary.LittleEndian, v)
		}
	}
	put([16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, uint16(3), uint16(62), uint32(1))
	put(uint64(0), uint64(64), uint64(0), uint32(0), uint16(64), uint16(56), uint16(2), uint16(64), uint16(0), uint16(0))
	put(uint32(1), uint32(6), uint64(0), uint64(0), uint64(0), size, size, uint64(0x1000)) // PT_LOAD
	put(uint32(2), uint32(6), at, at, at, size-at, size-at, uint64(8))                     // PT_DYNAMIC
	put(uint32(1), uint32(1), uint32(0), uint32(0), uint32(0), uint32(0))                  // DT_HASH and padding
	put([symbol]byte{})
	out.Write(strtab)
	out.Write(make([]byte, int(at)-out.Len()))
	put(dynamic)
	return out.Bytes()
}
