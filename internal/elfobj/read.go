package elfobj

import (
	"debug/elf"
	"fmt"
	"io"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// A reader is an image of which an object is made.
type reader struct {
	*elfimage.Image
	Object

	strtab    elfimage.Region   // of the file: the dynamic string table
	names     map[uint64]string // names read already, by their place in it
	notes     uint64            // bytes of notes looked through
	noteCount int
	versions  int // records of versions read
}

// Read reads an ELF object of size bytes from r as the dynamic loader would.
//
// An object file (.o), a core dump and a statically linked program are objects
// with Dynamic false. The error is a [*elfimage.FormatError] for what is no ELF object, or
// one whose tables the loader could not follow; any other error comes from r.
// Read does not panic, whatever the bytes, and its memory grows with size at most.
// A sound file takes a few tens of kilobytes.
func Read(r io.ReaderAt, size int64) (*Object, error) {
	image, err := elfimage.Read(elfimage.NewSource(r, size))
	if err != nil {
		return nil, err
	}
	defer image.Release()
	img := reader{Image: image, names: map[uint64]string{}}
	img.Object = Object{
		Class: image.Class, Data: image.Data, Machine: image.Machine, OSABI: image.OSABI,
		Type: image.Type, Flags: image.Flags, ABIVersion: image.ABIVersion,
	}
	if err := img.readSegments(); err != nil {
		return nil, err
	}
	obj := img.Object
	obj.data, obj.strings = img.dataRegions(), img.strtab
	return &obj, nil
}

// Open reads the ELF object in the named file and follows links. The error is a
// [*elfimage.FormatError] for a directory, a device or a FIFO too, and wraps fs.ErrNotExist
// where there is nothing.
func Open(path string) (*Object, error) {
	f, size, err := elfimage.Open(path)
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

func (img *reader) readSegments() error {
	for _, p := range img.Progs {
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
func (img *reader) readInterp(p elfimage.Prog) error {
	if img.Interp != "" || p.Filesz == 0 {
		return nil // an empty one is none: some libraries of Qt have it
	}
	b, err := img.Bytes(p.Off, min(p.Filesz, elfimage.MaxName), "PT_INTERP")
	if err != nil {
		return err
	}
	s := elfimage.String(b)
	if err := img.Spend(uint64(len(s))); err != nil {
		return err
	}
	img.Interp = s
	return nil
}
