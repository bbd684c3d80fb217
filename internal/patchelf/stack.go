package patchelf

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
)

// A StackError says why the executable flag of the stack cannot be cleared.
type StackError struct {
	Path string
	Msg  string
}

func (e *StackError) Error() string { return fmt.Sprintf("%q: %s", e.Path, e.Msg) }

// ClearExecstack clears the executable flag of PT_GNU_STACK (a GNU extension to
// the program header table of the gABI) in the file at path. It needs no
// patchelf, which has --clear-execstack from 0.18 on only. A file without
// PT_GNU_STACK is a *StackError: ld.so then assumes an executable stack, and
// there is no room for another program header.
func ClearExecstack(path string) error {
	f, _, err := atomicfile.OpenPlain(path, os.O_RDWR)
	if err != nil {
		return err
	}
	defer f.Close()
	order, offset, err := stackFlags(f)
	if err != nil {
		return &StackError{Path: path, Msg: err.Error()}
	}
	var word [4]byte
	if _, err := f.ReadAt(word[:], offset); err != nil {
		return err
	}
	order.PutUint32(word[:], order.Uint32(word[:])&^uint32(elf.PF_X))
	if _, err := f.WriteAt(word[:], offset); err != nil {
		return err
	}
	return f.Close()
}

// stackFlags returns the byte order of a file and the offset of the p_flags of
// its PT_GNU_STACK.
func stackFlags(r io.ReaderAt) (binary.ByteOrder, int64, error) {
	var head [64]byte
	if n, _ := r.ReadAt(head[:], 0); n < 52 || string(head[:4]) != elf.ELFMAG {
		return nil, 0, fmt.Errorf("no ELF file")
	}
	var order binary.ByteOrder = binary.LittleEndian
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	table, size, count, flags := int64(order.Uint32(head[28:])), order.Uint16(head[42:]), order.Uint16(head[44:]), int64(24)
	if elf.Class(head[elf.EI_CLASS]) == elf.ELFCLASS64 {
		table, size, count, flags = int64(order.Uint64(head[32:])), order.Uint16(head[54:]), order.Uint16(head[56:]), 4
	}
	for i := range int64(count) {
		at := table + i*int64(size)
		var kind [4]byte
		if _, err := r.ReadAt(kind[:], at); err != nil {
			return nil, 0, fmt.Errorf("program header %d lies outside of the file", i)
		}
		if elf.ProgType(order.Uint32(kind[:])) == elf.PT_GNU_STACK {
			return order, at + flags, nil
		}
	}
	return nil, 0, fmt.Errorf("no PT_GNU_STACK whose executable flag could be cleared")
}

// copyFile copies a file that patchelf has nothing to change in.
func copyFile(in, out string) error {
	source, err := os.Open(in)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	return target.Close()
}
