package tree

// This file reads one object of an archive as the loader would read the file:
// here and there (gABI chapter 5), though a compressed member can be read but
// forwards. The tables that the loader wants lie near the beginning, or near the
// dynamic section, or (patchelf puts them there) at the end.

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A memberReader reads members of one archive, several at a time.
type memberReader struct {
	archive *wheel.Archive
	spare   sync.Pool // of *memberWindow
}

func newMemberReader(a *wheel.Archive) *memberReader {
	return &memberReader{archive: a, spare: sync.Pool{New: func() any { return new(memberWindow) }}}
}

// object reads a member to its end if it begins as an ELF object, else gives nil.
func (r *memberReader) object(ctx context.Context, m *wheel.Member) (*elfobj.Object, error) {
	magic, err := r.archive.Prefix(m, 4)
	if err != nil || !elfobj.IsELF(magic) {
		return nil, skipFault(err)
	}
	w := r.spare.Get().(*memberWindow)
	defer r.spare.Put(w)
	if err := w.open(r.archive, m); err != nil {
		return nil, asFormatError(err)
	}
	defer w.close()
	w.done = progress.Begin(ctx, progress.StepUnpack, m.Size)
	o, err := elfobj.Read(w, m.Size)
	// What the archive says of a damaged member is nearer the cause.
	if damage := w.finish(); damage != nil {
		return nil, asFormatError(damage)
	}
	return o, asFormatError(err)
}

// Of 300 large objects of 50 wheels these sizes serve all: libtorch_cuda.so has
// its string table in its last 6 MB.
const (
	headSize   = 8 << 20
	tailSize   = 8 << 20
	readSize   = 64 << 10 // at once: what lies further on pushes out what lies before
	maxWindows = 6        // at a time
)

// A memberWindow shows a member as a file, in bounded memory: its first headSize bytes
// and the last tailSize of what was read so far. Whoever looks elsewhere makes it
// unpack the member into a temporary file.
type memberWindow struct {
	archive *wheel.Archive
	member  *wheel.Member
	in      io.ReadCloser
	head    []byte
	tail    []byte // a ring, of what follows head
	pos     int64
	file    *os.File // nil in general
	done    func(n int64)
}

func (w *memberWindow) open(a *wheel.Archive, m *wheel.Member) error {
	in, err := a.Open(m)
	if err != nil {
		return err
	}
	head := w.head[:0]
	if want := min(m.Size, headSize-1) + 1; int64(cap(head)) < want {
		head = make([]byte, 0, want)
	}
	*w = memberWindow{archive: a, member: m, in: in, head: head, tail: w.tail, done: func(int64) {}}
	return nil
}

func (w *memberWindow) close() {
	w.in.Close()
	if w.file != nil {
		w.file.Close()
	}
}

// ReadAt implements io.ReaderAt.
func (w *memberWindow) ReadAt(p []byte, off int64) (int, error) {
	for end := off + int64(len(p)); w.pos < end; {
		if err := w.advance(); err != nil {
			return 0, err
		}
	}
	n := 0
	for n < len(p) {
		from := w.at(off + int64(n))
		if from == nil {
			return w.fromFile(p, off)
		}
		n += copy(p[n:], from)
	}
	return n, nil
}

// at gives what is kept from an offset on, or nil.
func (w *memberWindow) at(off int64) []byte {
	if off < int64(len(w.head)) {
		return w.head[off:]
	}
	after := int64(len(w.head))
	if off >= w.pos || off < w.pos-min(w.pos-after, tailSize) {
		return nil
	}
	i := (off - after) % tailSize
	return w.tail[i:min(i+w.pos-off, tailSize)]
}

// advance reads on.
func (w *memberWindow) advance() error {
	inHead := len(w.head) < cap(w.head)
	room := w.head[len(w.head):cap(w.head)]
	if !inHead {
		if w.tail == nil {
			w.tail = make([]byte, tailSize)
		}
		room = w.tail[(w.pos-int64(len(w.head)))%tailSize:]
	}
	n, err := w.in.Read(room[:min(len(room), readSize)])
	if inHead {
		w.head = w.head[:len(w.head)+n]
	}
	w.pos += int64(n)
	w.done(int64(n))
	return err
}

// fromFile unpacks the member anew.
func (w *memberWindow) fromFile(p []byte, off int64) (int, error) {
	if w.file == nil {
		f, err := os.CreateTemp("", "wheel-auto-patch-member-")
		if err != nil {
			return 0, err
		}
		w.file = f
		if err := os.Remove(f.Name()); err != nil {
			return 0, err
		}
		in, err := w.archive.Open(w.member)
		if err != nil {
			return 0, err
		}
		defer in.Close()
		if _, err := io.Copy(f, in); err != nil {
			return 0, err
		}
	}
	return w.file.ReadAt(p, off)
}

// finish reads the rest, which proves the member's size and checksum.
func (w *memberWindow) finish() error {
	for {
		if err := w.advance(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// asFormatError makes a member that cannot be decompressed an object that
// cannot be read.
func asFormatError(err error) error {
	var fault *wheel.Fault
	if errors.As(err, &fault) {
		return &elfobj.FormatError{Msg: fault.Error()}
	}
	return err
}

// skipFault passes over a member that is damaged before it shows what it is:
// verify reports it.
func skipFault(err error) error {
	var fault *wheel.Fault
	if errors.As(err, &fault) {
		return nil
	}
	return err
}
