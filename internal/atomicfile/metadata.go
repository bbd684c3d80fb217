package atomicfile

// This file gives a new file what the old one had beside its bytes: owner,
// extended attributes, mode and times.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// keepMetadata copies from source, whose old is the state before it was read,
// to temp. The order matters: chown(2) clears set-user-ID, an attribute cannot
// be set once the file is read-only, and writing changes the times.
func CopyMetadata(source, temp string, old fs.FileInfo) error {
	stat, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%q: no stat(2) data", source)
	}
	var now unix.Stat_t
	if err := unix.Stat(temp, &now); err != nil {
		return err
	}
	if now.Uid != stat.Uid || now.Gid != stat.Gid {
		if err := os.Chown(temp, int(stat.Uid), int(stat.Gid)); err != nil {
			return err
		}
	}
	if err := copyXattrs(source, temp); err != nil {
		return err
	}
	if err := os.Chmod(temp, old.Mode()); err != nil {
		return err
	}
	access, change := statTimes(stat)
	times := []unix.Timespec{{Sec: access.Sec, Nsec: access.Nsec}, {Sec: change.Sec, Nsec: change.Nsec}}
	return unix.UtimesNanoAt(unix.AT_FDCWD, temp, times, 0)
}

// copyXattrs copies the extended attributes. The security ones belong to the
// system, which gives a new file its own: they are copied where that is allowed.
func copyXattrs(source, temp string) error {
	names, err := xattrNames(source)
	if err != nil {
		return err
	}
	for _, name := range names {
		value, err := xattr(source, name)
		if err == nil {
			err = unix.Setxattr(temp, name, value, 0)
		}
		if err != nil && !strings.HasPrefix(name, "security.") {
			return fmt.Errorf("extended attribute %q: %w", name, err)
		}
	}
	return nil
}

// xattrNames lists them; a file system that has none has an empty list.
func xattrNames(path string) ([]string, error) {
	size, err := unix.Listxattr(path, nil)
	if errors.Is(err, unix.ENOTSUP) || size == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := make([]byte, size)
	if size, err = unix.Listxattr(path, list); err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(list[:size]), "\x00"), "\x00"), nil
}

func xattr(path, name string) ([]byte, error) {
	size, err := unix.Getxattr(path, name, nil)
	if err != nil {
		return nil, err
	}
	value := make([]byte, size)
	size, err = unix.Getxattr(path, name, value)
	return value[:max(0, size)], err
}
