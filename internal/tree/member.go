package tree

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"os"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A memberReader reads the objects of one archive. It may be used by several
// goroutines.
type memberReader struct {
	archive *wheel.Archive
	names   bool      // look for what the objects may open by name
	sums    bool      // hash the objects
	spare   sync.Pool // of *memberWindow
}

func newMemberReader(a *wheel.Archive, o Options) *memberReader {
	return &memberReader{archive: a, names: o.Names, sums: o.Whole, spare: sync.Pool{New: func() any { return new(memberWindow) }}}
}

// object returns the ELF object that a member holds, or nil where it holds none, and its
// sha256 where that is asked for. It reads an object to its end, which proves the checksum.
func (r *memberReader) object(ctx context.Context, m *wheel.Member) (o *elfobj.Object, sum string, err error) {
	magic, err := r.archive.Prefix(m, 4)
	if err != nil || !elfimage.IsELF(magic) {
		return nil, "", skipFault(err)
	}
	w := r.spare.Get().(*memberWindow)
	defer r.spare.Put(w)
	if err := w.open(r.archive, m); err != nil {
		return nil, "", asFormatError(err)
	}
	defer w.close()
	w.done = progress.Begin(ctx, progress.StepUnpack, m.Size)
	if r.names {
		w.names = new(elfobj.NameScan)
	}
	if r.sums {
		w.sum = sha256.New()
	}
	o, err = elfobj.Read(w, m.Size)
	// Where the member is damaged, that is the cause of what is wrong with the object.
	if damage := w.readRest(); damage != nil {
		return nil, "", asFormatError(damage)
	}
	if o != nil && o.Dynamic && r.names {
		o.Names = o.NamesIn(w.names)
	}
	if r.sums {
		sum = string(w.sum.Sum(nil))
	}
	return o, sum, asFormatError(err)
}

// Sizes of the windows. They serve all of 300 large objects of 50 wheels:
// libtorch_cuda.so has its string table in its last 6 MB.
const (
	headSize = 8 << 20
	tailSize = 8 << 20
	readSize = 64 << 10 // unpacked at once: each read pushes older bytes out of the tail
)

// MaxWindows is how many members of archives are unpacked at a time, each of which may
// take 16 MiB of memory.
const MaxWindows = 6

// A memberWindow is an io.ReaderAt of a member, in bounded memory. A compressed
// member can only be read forwards, an object must be read here and there (gABI
// chapter 5): its tables lie near the beginning, near the dynamic section, or at the
// end, where patchelf puts them. So the window keeps the first headSize bytes and
// the last tailSize of what was read so far. For any other place it unpacks the
// member into a temporary file.
type memberWindow struct {
	archive *wheel.Archive
	member  *wheel.Member
	in      io.ReadCloser
	head    []byte
	tail    []byte   // a ring: the last bytes of what follows head
	pos     int64    // how much was read so far
	file    *os.File // the whole member, rarely needed; else nil
	done    func(n int64)
	names   *elfobj.NameScan // is shown all that is unpacked; nil: nothing is
	sum     hash.Hash        // likewise
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

// at returns kept bytes from an offset on, or nil where that offset is not kept.
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

// advance unpacks up to readSize bytes more.
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
	if w.names != nil {
		_, _ = w.names.Write(room[:n])
	}
	if w.sum != nil {
		_, _ = w.sum.Write(room[:n])
	}
	w.pos += int64(n)
	w.done(int64(n))
	return err
}

// fromFile reads from the temporary file, which it makes at the first call.
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

// readRest reads on to the end, which proves the member's size and checksum.
func (w *memberWindow) readRest() error {
	for {
		if err := w.advance(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// asFormatError turns the fault of a damaged member into the error of an object
// that cannot be read.
func asFormatError(err error) error {
	var fault *wheel.Fault
	if errors.As(err, &fault) {
		return &elfimage.FormatError{Msg: fault.Msg} // the problem has the path already
	}
	return err
}

// skipFault drops the fault of a member whose first bytes cannot be read: whether it
// is an object is unknown, and verify reports the damage.
func skipFault(err error) error {
	var fault *wheel.Fault
	if errors.As(err, &fault) {
		return nil
	}
	return err
}
