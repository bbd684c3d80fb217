package atomicfile

import (
	"errors"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// Prefix begins the name of every temporary file, and of the journal of package
// apply. A run that is killed leaves such files, and the journal says which:
// apply.Recover removes them. A wheel may hold files of that prefix too: the name
// alone says nothing.
const Prefix = ".wheel-auto-patch-"

// TempName calls create with names beside path until one is free, and returns
// that name. The word is part of it and says what the file holds. Messages show
// the name, so it does not change from run to run.
func TempName(path, word string, create func(name string) error) (string, error) {
	dir, base := filepath.Split(path)
	hash := fnv.New64a()
	hash.Write([]byte(base)) // not base itself, which may be as long as a name can be
	for n := hash.Sum64(); ; n++ {
		name := filepath.Join(dir, Prefix+word+"-"+strconv.FormatUint(n, 36))
		if err := create(name); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// DirModes remembers the modes of the directories that were made writable for a
// while. It may be used by several goroutines.
type DirModes struct {
	mu    sync.Mutex
	modes map[string]fs.FileMode // the mode to restore; zero: dir was writable already
}

// NewDirModes returns a DirModes without directories.
func NewDirModes() *DirModes { return &DirModes{modes: map[string]fs.FileMode{}} }

// MakeWritable makes sure that the owner can write in dir.
func (d *DirModes) MakeWritable(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.modes[dir]; ok {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	d.modes[dir] = 0
	if info.Mode()&0o200 != 0 {
		return nil
	}
	if err := os.Chmod(dir, info.Mode()|0o200); err != nil {
		return err
	}
	d.modes[dir] = info.Mode()
	return nil
}

// Restore sets every directory back to its old mode.
func (d *DirModes) Restore() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for dir, mode := range d.modes {
		if mode != 0 {
			_ = os.Chmod(dir, mode)
		}
	}
	clear(d.modes)
}
