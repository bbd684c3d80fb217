package tree

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// A rawFile reads a file from its start. It does without the poller of package os,
// which costs as much as reading a small file does.
type rawFile struct {
	path string
	fd   int
}

// OpenRaw opens a file for reading from its start, cheaply. It does not wait: a FIFO
// in the place of the file cannot block the run.
func OpenRaw(path string) (io.ReadCloser, error) {
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err == nil {
			return &rawFile{path, fd}, nil
		}
		if !errors.Is(err, unix.EINTR) {
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

// Read implements io.Reader.
func (f *rawFile) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		n, err := unix.Read(f.fd, b)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, &os.PathError{Op: "read", Path: f.path, Err: err}
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Close implements io.Closer.
func (f *rawFile) Close() error { return unix.Close(f.fd) }

// StartOf returns the first n bytes of a file, fewer where it is shorter.
func StartOf(path string, n int) ([]byte, error) {
	f, err := OpenRaw(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, n)
	n, err = io.ReadFull(f, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return b[:n], err
}
