package ldso

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

// DiskFiles implements [Files] over the real file system. It reads each file once
// and shows it as it was then: make a new one after patching. It may be used by
// several goroutines. The zero value is ready.
type DiskFiles struct {
	paths sync.Map // path -> *diskPath: a path that was asked for
	real  sync.Map // real path -> *diskFile: the file behind it
	dirs  sync.Map // directory -> *diskDir
}

type diskDir struct {
	once    sync.Once
	missing error  // wraps fs.ErrNotExist where there is no such directory
	real    string // with links resolved
	err     error  // of resolving them
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
	// Most of what a search asks for is not there, and often not even the directory.
	if dir, name := filepath.Split(path); name != "" {
		if missing := d.dir(dir).missing; missing != nil {
			return File{}, missing
		}
	}
	v, ok := d.paths.Load(path)
	if !ok {
		v, _ = d.paths.LoadOrStore(path, &diskPath{})
	}
	p := v.(*diskPath)
	p.once.Do(func() { p.file, p.err = d.open(path) })
	return p.file, p.err
}

// Remember takes over an object that was read from the file at a real path.
func (d *DiskFiles) Remember(real string, obj *elfobj.Object) {
	f := &diskFile{obj: obj}
	f.once.Do(func() {})
	d.real.Store(real, f)
}

func (d *DiskFiles) open(path string) (File, error) {
	st, err := os.Stat(path)
	if err != nil {
		return File{}, lookupError(err)
	}
	real, err := d.realPath(path)
	if err != nil {
		return File{}, lookupError(err)
	}
	v, _ := d.real.LoadOrStore(real, &diskFile{})
	f := v.(*diskFile)
	f.once.Do(func() { f.obj, f.err = elfobj.Open(real) })
	return File{Real: real, Object: f.obj, ID: fileID(st)}, f.err
}

// realPath is filepath.EvalSymlinks, which looks at each directory of a path, made
// cheap for many files in few directories.
func (d *DiskFiles) realPath(path string) (string, error) {
	dir, name := filepath.Split(path)
	if name == "" || name == "." || name == ".." {
		return filepath.EvalSymlinks(path)
	}
	known := d.dir(dir)
	if known.err != nil {
		return "", known.err
	}
	file := filepath.Join(known.real, name)
	if st, err := os.Lstat(file); err != nil || st.Mode()&fs.ModeSymlink != 0 {
		return filepath.EvalSymlinks(file)
	}
	return file, nil
}

// dir looks at the directory that a path names before its last slash, once.
func (d *DiskFiles) dir(dir string) *diskDir {
	v, ok := d.dirs.Load(dir)
	if !ok {
		v, _ = d.dirs.LoadOrStore(dir, &diskDir{})
	}
	known := v.(*diskDir)
	known.once.Do(func() {
		if dir == "" {
			dir = "."
		}
		if _, err := os.Stat(dir); err != nil {
			if err = lookupError(err); errors.Is(err, fs.ErrNotExist) {
				known.missing = err
				return
			}
		}
		known.real, known.err = filepath.EvalSymlinks(dir)
	})
	return known
}

func fileID(st os.FileInfo) string {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("%d:%d", sys.Dev, sys.Ino)
	}
	return ""
}

// lookupError returns an error that wraps fs.ErrNotExist where a directory on the
// way is a file: for the loader that is no directory, hence no library in it.
func lookupError(err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}
