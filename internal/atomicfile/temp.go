package atomicfile

// This file names the temporary files, and makes folders writable for a while.

import (
	"errors"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// TempPrefix begins the name of every file that Apply makes beside a target. A
// run that is killed leaves such files; they are no part of a wheel. Recover
// removes them.
const Prefix = ".wheel-auto-patch-"

// tempName makes a file beside path under a new name with what create does
// there. The word says what it holds, for whoever finds it. Messages show the
// name, so it is the same in each run.
func TempName(path, word string, create func(name string) error) (string, error) {
	dir, base := filepath.Split(path)
	hash := fnv.New64a()
	hash.Write([]byte(base)) // the base itself may be as long as a name can be
	for n := hash.Sum64(); ; n++ {
		name := filepath.Join(dir, Prefix+word+"-"+strconv.FormatUint(n, 36))
		if err := create(name); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// A writable holds folders that were made writable.
type Writable struct {
	mu    sync.Mutex
	modes map[string]fs.FileMode // zero: was writable
}

func NewWritable() *Writable { return &Writable{modes: map[string]fs.FileMode{}} }

// open makes sure that the owner can write in dir.
func (w *Writable) Open(dir string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.modes[dir]; ok {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	w.modes[dir] = 0
	if info.Mode()&0o200 != 0 {
		return nil
	}
	if err := os.Chmod(dir, info.Mode()|0o200); err != nil {
		return err
	}
	w.modes[dir] = info.Mode()
	return nil
}

// restore gives every folder its old mode back.
func (w *Writable) Restore() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for dir, mode := range w.modes {
		if mode != 0 {
			_ = os.Chmod(dir, mode)
		}
	}
	clear(w.modes)
}
