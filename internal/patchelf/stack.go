package patchelf

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
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
	st, err := f.Stat()
	if err != nil {
		return err
	}
	img, err := elfimage.Read(elfimage.NewSource(f, st.Size()))
	if err != nil {
		return &StackError{Path: path, Msg: err.Error()}
	}
	i := slices.IndexFunc(img.Progs, func(p elfimage.Prog) bool { return p.Type == elf.PT_GNU_STACK })
	if i < 0 {
		return &StackError{Path: path, Msg: "no PT_GNU_STACK whose executable flag could be cleared"}
	}
	var word [4]byte
	img.Order.PutUint32(word[:], uint32(img.Progs[i].Flags&^elf.PF_X))
	if _, err := f.WriteAt(word[:], int64(img.FlagsAt(i))); err != nil {
		return err
	}
	return f.Close()
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
