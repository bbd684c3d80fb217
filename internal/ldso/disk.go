package ldso

// This file is the file system as the loader sees it, each file read once.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// DiskFiles implements [Files] over the real file system. It remembers what it
// read, so it shows the files as they were then: make a new one after patching.
// It may be used by several goroutines. The zero value is ready.
type DiskFiles struct {
	paths sync.Map // path -> *once of (File, error): a path that was asked for
	real  sync.Map // real path -> *once of (*elfobj.Object, error): a file behind
}

type diskPath struct {
	once sync.Once
	file File
	err  error
}

type diskFile struct {
	once sync.Once
	obj  *elfobj.Object
	err  error
}

// Open implements [Files].
func (d *DiskFiles) Open(path string) (File, error) {
	v, _ := d.paths.LoadOrStore(path, &diskPath{})
	p := v.(*diskPath)
	p.once.Do(func() { p.file, p.err = d.open(path) })
	return p.file, p.err
}

func (d *DiskFiles) open(path string) (File, error) {
	// Most of what a search asks for is not there; one call finds that out.
	st, err := os.Stat(path)
	if err != nil {
		return File{}, lookupError(err)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return File{}, lookupError(err)
	}
	v, _ := d.real.LoadOrStore(real, &diskFile{})
	f := v.(*diskFile)
	f.once.Do(func() { f.obj, f.err = elfobj.Open(real) })
	return File{Real: real, Object: f.obj, ID: fileID(st)}, f.err
}

func fileID(st os.FileInfo) string {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("%d:%d", sys.Dev, sys.Ino)
	}
	return ""
}

// lookupError gives an error that wraps fs.ErrNotExist where a directory on the
// way is a file: for the loader that is no directory, hence no library in it.
func lookupError(err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}
