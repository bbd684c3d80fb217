package elfobj

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
)

// Read reads an ELF object of size bytes from r as the dynamic loader would.
//
// An object file (.o), a core dump and a statically linked program are objects
// with Dynamic false. The error is a [*FormatError] for what is no ELF object, or
// one whose tables the loader could not follow; any other error comes from r.
// Read does not panic, whatever the bytes, and its memory grows with size at most.
// A sound file takes a few tens of kilobytes.
func Read(r io.ReaderAt, size int64) (*Object, error) {
	img, err := readImage(newSource(r, size))
	if err != nil {
		return nil, err
	}
	if err := img.readSegments(); err != nil {
		return nil, err
	}
	obj := img.Object
	obj.data, obj.strings = img.dataRegions(), region{img.strtab, img.strtab + img.strtabLen}
	return &obj, nil
}

// Open reads the ELF object in the named file and follows links. The error is a
// [*FormatError] for a directory, a device or a FIFO too, and wraps fs.ErrNotExist
// where there is nothing.
func Open(path string) (*Object, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	obj, err := Read(f, size)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	return obj, nil
}

// openRegular opens a file and returns its size. It looks at the file before it
// opens it: opening a FIFO waits for a writer.
func openRegular(path string) (*os.File, int64, error) {
	if st, err := os.Stat(path); err != nil {
		return nil, 0, err
	} else if !st.Mode().IsRegular() {
		return nil, 0, formatErr("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}

func (img *image) readSegments() error {
	for _, p := range img.progs {
		var err error
		switch p.Type {
		case elf.PT_INTERP:
			err = img.readInterp(p)
		case elf.PT_DYNAMIC:
			err = img.readDynamic(p)
		case elf.PT_GNU_STACK:
			img.HasStack = true
			img.ExecStack = p.Flags&elf.PF_X != 0
		case elf.PT_NOTE:
			err = img.readNotes(p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readInterp takes the first PT_INTERP, as the kernel does.
func (img *image) readInterp(p prog) error {
	if img.Interp != "" || p.Filesz == 0 {
		return nil // an empty one is none: some libraries of Qt have it
	}
	b, err := img.bytes(p.Off, min(p.Filesz, maxName), "PT_INTERP")
	if err != nil {
		return err
	}
	s := cString(b)
	if err := img.spend(uint64(len(s))); err != nil {
		return err
	}
	img.Interp = s
	return nil
}
