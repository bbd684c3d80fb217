package elfimage

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

const (
	BlockSize = 16 << 10
	// MaxName is the longest name or path taken; the kernel's PATH_MAX is 4096
	// and a RUNPATH holds several.
	MaxName = 1 << 16
)

// A Source reads bytes of a file within its bounds. It keeps a few blocks, so that
// tables which lie together take few reads.
type Source struct {
	r    io.ReaderAt
	Size uint64 // of the file, in bytes

	blocks [4]block
	next   int // the block to be replaced next

	// budget is how many bytes of names and records may still be read. Without it
	// a small file could name one long string, or one chain, again and again. It is
	// the size of the file, for no table need be read twice, and 64 KiB, for names
	// that several tables share.
	budget uint64
}

type block struct {
	off  uint64
	data []byte
}

// spare are blocks that no Source has: a tree of thousands of objects takes as many as one.
var spare = sync.Pool{New: func() any { return new([BlockSize]byte) }}

// Release gives the blocks back. What Bytes has returned is valid no longer.
func (s *Source) Release() {
	for i := range s.blocks {
		if data := s.blocks[i].data; cap(data) == BlockSize {
			spare.Put((*[BlockSize]byte)(data[:BlockSize]))
		}
		s.blocks[i] = block{}
	}
}

func NewSource(r io.ReaderAt, size int64) *Source {
	size = max(size, 0)
	return &Source{r: r, Size: uint64(size), budget: uint64(size) + 1<<16}
}

// Errorf returns a *FormatError.
func Errorf(format string, args ...any) error {
	return &FormatError{Msg: fmt.Sprintf(format, args...)}
}

// parts are what people call the parts of an object.
var parts = map[string]string{
	"PT_DYNAMIC": "its dynamic section (PT_DYNAMIC)", "PT_INTERP": "the name of its loader (PT_INTERP)", "PT_NOTE": "a note (PT_NOTE)",
	"DT_STRTAB": "its table of names (DT_STRTAB)", "DT_VERDEF": "its symbol versions (DT_VERDEF)", "DT_VERNEED": "the symbol versions that it wants (DT_VERNEED)",
}

// beyond is the error of a part that lies, in full or in part, where the file has ended.
func beyond(what string) error {
	return Errorf("cut short or damaged: %s lies behind the end of the file", cmp.Or(parts[what], what))
}

// Spend takes n from the budget.
func (s *Source) Spend(n uint64) error {
	if n > s.budget {
		return Errorf("the tables of the file, followed, are larger than the file")
	}
	s.budget -= n
	return nil
}

// Bytes returns n bytes at off. The result is valid until the next call.
func (s *Source) Bytes(off, n uint64, what string) ([]byte, error) {
	if off > s.Size || n > s.Size-off {
		return nil, beyond(what)
	}
	if n > BlockSize {
		b := make([]byte, n)
		return b, s.ReadFull(b, off)
	}
	b, err := s.around(off, n)
	if err != nil {
		return nil, err
	}
	return b[:n], nil
}

// around returns at least n bytes at off, and as many more as its block holds.
func (s *Source) around(off, n uint64) ([]byte, error) {
	for i := range s.blocks {
		b := &s.blocks[i]
		if off >= b.off && off+n <= b.off+uint64(len(b.data)) {
			return b.data[off-b.off:], nil
		}
	}
	b := &s.blocks[s.next]
	s.next = (s.next + 1) % len(s.blocks)
	if b.data == nil {
		b.data = spare.Get().(*[BlockSize]byte)[:]
	}
	b.data = b.data[:min(uint64(cap(b.data)), s.Size-off)]
	b.off = off
	if err := s.ReadFull(b.data, off); err != nil {
		b.data = b.data[:0]
		return nil, err
	}
	return b.data, nil
}

func (s *Source) ReadFull(b []byte, off uint64) error {
	n, err := s.r.ReadAt(b, int64(off))
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return Errorf("the file ends early")
	}
	return err
}

// CString reads the NUL terminated string at off, at most limit bytes.
func (s *Source) CString(off, limit uint64, what string) (string, error) {
	if off >= s.Size {
		return "", beyond(what)
	}
	limit = min(limit, s.Size-off, MaxName)
	var long []byte
	for at := off; at < off+limit; {
		b, err := s.around(at, 1)
		if err != nil {
			return "", err
		}
		b = b[:min(uint64(len(b)), off+limit-at)]
		i := bytes.IndexByte(b, 0)
		if i < 0 {
			long = append(long, b...)
			at += uint64(len(b))
			continue
		}
		if err := s.Spend(uint64(len(long) + i)); err != nil {
			return "", err
		}
		return string(append(long, b[:i]...)), nil
	}
	return "", Errorf("%s has no end", what)
}

// String returns the bytes before the first NUL.
func String(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// A FormatError says why the loader would not take a file as an ELF object.
type FormatError struct {
	Msg string
}

func (e *FormatError) Error() string { return e.Msg }

// Open opens a file and returns its size. It looks at the file before it
// opens it: opening a FIFO waits for a writer.
func Open(path string) (*os.File, int64, error) {
	if st, err := os.Stat(path); err != nil {
		return nil, 0, err
	} else if !st.Mode().IsRegular() {
		return nil, 0, Errorf("not a regular file")
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
