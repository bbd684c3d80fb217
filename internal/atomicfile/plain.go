package atomicfile

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// A NotPlainError says that a path leads to something else than a regular file.
type NotPlainError struct {
	Path string
	Mode fs.FileMode
}

// Error implements error.
func (e *NotPlainError) Error() string { return fmt.Sprintf("%q is %s", e.Path, KindOf(e.Mode)) }

// KindOf returns what has the mode, which is no regular file, with its article.
func KindOf(mode fs.FileMode) string {
	switch mode.Type() {
	case fs.ModeSymlink:
		return "a symbolic link"
	case fs.ModeDir:
		return "a directory"
	case fs.ModeNamedPipe:
		return "a FIFO"
	case fs.ModeSocket:
		return "a socket"
	default:
		return "a device"
	}
}

// OpenPlain opens the regular file at path, with the flags of [os.OpenFile]. It
// follows no link to it, waits for nothing and opens nothing else: the error is then
// a *NotPlainError.
func OpenPlain(path string, flag int) (*os.File, fs.FileInfo, error) {
	info, err := os.Lstat(path) // to open a device may do something
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &NotPlainError{path, info.Mode()}
	}
	f, err := os.OpenFile(path, flag|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = &NotPlainError{path, info.Mode()}
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}
