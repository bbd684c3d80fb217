package apply

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A LockedError says that another process works on a tree.
type LockedError struct{ Path string }

// Error implements error.
func (e *LockedError) Error() string {
	return fmt.Sprintf("%s: another wheel-auto-patch works on this tree: start this one again when that one is done", e.Path)
}

// Lock keeps other processes from the roots until release is called, or until this
// process ends (flock(2) on the directories: nothing is written). The error is a
// *LockedError where another process has one of them. A file system that knows no
// such locks is gone on with.
func Lock(roots tree.Roots) (release func(), err error) {
	var dirs []*os.File
	unlock := func() {
		for _, dir := range dirs {
			dir.Close()
		}
	}
	// In one order, so that of two runs on the same trees one gets all of them.
	sorted := slices.SortedFunc(slices.Values(roots), func(a, b *tree.Root) int { return cmp.Compare(a.Abs, b.Abs) })
	var seen []os.FileInfo
	for _, root := range sorted {
		if root.Archive {
			continue
		}
		dir, info, err := openDir(root.Abs)
		if err != nil {
			unlock()
			return nil, err
		}
		dirs = append(dirs, dir)
		// One directory may be given twice: its second lock would refuse the first.
		if slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(info, other) }) {
			continue
		}
		seen = append(seen, info)
		if refused(dir) {
			unlock()
			return nil, &LockedError{root.Path}
		}
	}
	return unlock, nil
}

func openDir(path string) (*os.File, os.FileInfo, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := dir.Stat()
	if err != nil {
		dir.Close()
		return nil, nil, err
	}
	return dir, info, nil
}

// lockPatience is how long a lock is waited for: a process that was killed while it
// started patchelf leaves the lock to that child until it has begun.
const lockPatience = time.Second

// refused locks an open file, and reports whether another process has it.
func refused(f *os.File) bool {
	for end := time.Now().Add(lockPatience); ; {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
		case !errors.Is(err, unix.EWOULDBLOCK):
			return false
		case time.Now().After(end):
			return true
		default:
			time.Sleep(10 * time.Millisecond)
		}
	}
}
