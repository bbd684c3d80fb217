// Reading one member of the archive, no further than the size that the directory
// declares.

package wheel

import (
	"bufio"
	"hash/crc32"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/klauspost/compress/flate"
)

// A memberReader reads a member's contents and checks them at their end against
// the size and the checksum in the directory.
type memberReader struct {
	archive  *Archive // nil once it is closed
	m        *Member
	section  *io.SectionReader
	in       *bufio.Reader
	inflater io.ReadCloser
	out      io.Reader
	read     int64
	crc      uint32
	err      error
}

// Open returns a member's contents as a stream. Never more bytes than the declared
// size come out: a longer member ends in a *Fault, as does a shorter one and one
// with another checksum. It may be called from several goroutines; a stream
// belongs to one of them, and cannot be used after Close.
func (a *Archive) Open(m *Member) (io.ReadCloser, error) {
	r, err := a.open(m, m.packed)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// open reads no more than packed bytes of the archive.
func (a *Archive) open(m *Member, packed int64) (*memberReader, error) {
	if !m.Readable() {
		return nil, &Fault{Kind: Damaged, Path: m.Name, Msg: "it cannot be read"}
	}
	r, ok := a.spare.Get().(*memberReader)
	if !ok {
		r = &memberReader{in: bufio.NewReaderSize(nil, 32<<10)}
		r.inflater = flate.NewReader(r.in)
	}
	section := io.NewSectionReader(a.file, m.data, packed)
	r.in.Reset(section)
	*r = memberReader{archive: a, m: m, section: section, in: r.in, inflater: r.inflater, out: r.in}
	if m.method == methodDeflate {
		if err := r.inflater.(flate.Resetter).Reset(r.in, nil); err != nil {
			return nil, err
		}
		r.out = r.inflater
	}
	return r, nil
}

func (r *memberReader) Close() error {
	if a := r.archive; a != nil {
		r.archive, r.err = nil, fs.ErrClosed
		a.spare.Put(r)
	}
	return nil
}

func (r *memberReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	left := r.m.Size - r.read
	if left == 0 {
		// One byte more shows whether the stream goes on.
		var one [1]byte
		n, err := io.ReadFull(r.out, one[:])
		r.err = r.atEnd(n, err)
		return 0, r.err
	}
	n, err := r.out.Read(p[:min(int64(len(p)), left)])
	r.read += int64(n)
	r.crc = crc32.Update(r.crc, crc32.IEEETable, p[:n])
	if err == io.EOF {
		err = nil
		if r.read < r.m.Size {
			err = r.fault("its contents end before the size that the archive declares")
		}
	} else if err != nil {
		err = r.streamError(err)
	}
	r.err = err
	return n, err
}

func (r *memberReader) atEnd(n int, err error) error {
	switch {
	case n > 0:
		return r.fault("its contents go on past the size that the archive declares")
	case err != io.EOF:
		return r.streamError(err)
	case r.in.Buffered() > 0 || r.rest() > 0:
		return r.fault("bytes after the end of its compressed contents")
	case r.crc != r.m.crc:
		return r.fault("its contents do not have the checksum that the archive declares")
	}
	return io.EOF
}

func (r *memberReader) rest() int64 {
	at, _ := r.section.Seek(0, io.SeekCurrent)
	return r.section.Size() - at
}

// streamError makes a fault of what the inflater returns for a corrupt stream. Other
// errors come from the disk and stay.
func (r *memberReader) streamError(err error) error {
	switch err.(type) {
	case flate.CorruptInputError:
		return r.fault("its compressed contents are corrupt")
	}
	if err == io.ErrUnexpectedEOF {
		return r.fault("its compressed contents are cut short")
	}
	return err
}

func (r *memberReader) fault(msg string) *Fault {
	return &Fault{Kind: Damaged, Path: r.m.Name, Msg: msg}
}

// ReadMember returns the whole of a small member, or a *Fault where it is larger
// than limit.
func (a *Archive) ReadMember(m *Member, limit int64) (string, error) {
	if m.Size > limit {
		return "", tooLarge(m.Name, limit)
	}
	r, err := a.Open(m)
	if err != nil {
		return "", err
	}
	defer r.Close()
	var b strings.Builder
	b.Grow(int(m.Size))
	_, err = io.Copy(&b, r)
	return b.String(), err
}

func tooLarge(path string, limit int64) *Fault {
	return &Fault{Kind: Malformed, Path: path, Msg: "it is larger than the " + strconv.FormatInt(limit>>20, 10) + " MiB that are read of such a file"}
}

// Readable reports whether Open may be tried: the member's name is safe and its
// headers agree.
func (m *Member) Readable() bool { return m.data != 0 && m.Unsafe == "" }
