package patchelf

// This file edits one word of PT_GNU_STACK (gABI chapter 5; the flag is GNU's).
// patchelf knows --clear-execstack from 0.18 on only, so it is done here for
// all versions alike.

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// A StackError says why the executable flag of the stack cannot be cleared.
type StackError struct {
	Path string
	Msg  string
}

func (e *StackError) Error() string { return fmt.Sprintf("patchelf: %q: %s", e.Path, e.Msg) }

// ClearExecstack clears the executable flag of the PT_GNU_STACK of the file at
// path, in place. A file without that header is a *StackError: the loader takes
// it as a wish for an executable stack, and there is no room to say otherwise.
func ClearExecstack(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
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

// stackFlags finds the p_flags of PT_GNU_STACK.
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

// copyFile is what patchelf would do with nothing to change.
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
