package elfobj

// This file makes an Object of a file.

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
)

// Read reads an ELF object of size bytes from r as the dynamic loader would.
//
// An object file (.o), a core dump and a statically linked program are objects
// with Dynamic false. What is no ELF object at all, or one whose tables the
// loader could not follow, gives a [*FormatError]; any other error comes from r.
// Whatever the bytes, Read does not panic, and uses memory in proportion to size
// at most, a few tens of kilobytes for an honest file.
func Read(r io.ReaderAt, size int64) (*Object, error) {
	img, err := readImage(newSource(r, size))
	if err != nil {
		return nil, err
	}
	if err := img.readSegments(); err != nil {
		return nil, err
	}
	obj := img.Object
	return &obj, nil
}

// Open reads the ELF object in the named file, following links. A directory, a
// device and a FIFO give a [*FormatError]; the error wraps fs.ErrNotExist where
// there is nothing.
func Open(path string) (*Object, error) {
	// A FIFO must not hold us up, so look before opening.
	if st, err := os.Stat(path); err != nil {
		return nil, err
	} else if !st.Mode().IsRegular() {
		return nil, &FormatError{Msg: "not a regular file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	obj, err := Read(f, st.Size())
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	return obj, nil
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
	if err := img.spend(p.Off, uint64(len(s))); err != nil {
		return err
	}
	img.Interp = s
	return nil
}
