package elfobj

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	blockSize = 16 << 10
	// maxName is the longest name or path taken; the kernel's PATH_MAX is 4096
	// and a RUNPATH holds several.
	maxName = 1 << 16
)

// A source reads bytes of a file within its bounds. It keeps a few blocks, so that
// tables which lie together take few reads.
type source struct {
	r    io.ReaderAt
	size uint64

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

func newSource(r io.ReaderAt, size int64) *source {
	size = max(size, 0)
	return &source{r: r, size: uint64(size), budget: uint64(size) + 1<<16}
}

func formatErr(format string, args ...any) error {
	return &FormatError{Msg: fmt.Sprintf(format, args...)}
}

// spend takes n from the budget.
func (s *source) spend(n uint64) error {
	if n > s.budget {
		return formatErr("the tables of the file, followed, are larger than the file")
	}
	s.budget -= n
	return nil
}

// bytes returns n bytes at off. The result is valid until the next call.
func (s *source) bytes(off, n uint64, what string) ([]byte, error) {
	if off > s.size || n > s.size-off {
		return nil, formatErr("%s lies outside the file", what)
	}
	if n > blockSize {
		b := make([]byte, n)
		return b, s.readFull(b, off)
	}
	b, err := s.around(off, n)
	if err != nil {
		return nil, err
	}
	return b[:n], nil
}

// around returns at least n bytes at off, and as many more as its block holds.
func (s *source) around(off, n uint64) ([]byte, error) {
	for i := range s.blocks {
		b := &s.blocks[i]
		if off >= b.off && off+n <= b.off+uint64(len(b.data)) {
			return b.data[off-b.off:], nil
		}
	}
	b := &s.blocks[s.next]
	s.next = (s.next + 1) % len(s.blocks)
	if b.data == nil {
		b.data = make([]byte, min(blockSize, s.size))
	}
	b.data = b.data[:min(uint64(cap(b.data)), s.size-off)]
	b.off = off
	if err := s.readFull(b.data, off); err != nil {
		b.data = nil
		return nil, err
	}
	return b.data, nil
}

func (s *source) readFull(b []byte, off uint64) error {
	n, err := s.r.ReadAt(b, int64(off))
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return formatErr("the file ends early")
	}
	return err
}

// cstring reads the NUL terminated string at off, at most limit bytes.
func (s *source) cstring(off, limit uint64, what string) (string, error) {
	if off >= s.size {
		return "", formatErr("%s lies outside the file", what)
	}
	limit = min(limit, s.size-off, maxName)
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
		if err := s.spend(uint64(len(long) + i)); err != nil {
			return "", err
		}
		return string(append(long, b[:i]...)), nil
	}
	return "", formatErr("%s has no end", what)
}
