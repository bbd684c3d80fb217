package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// CopyMetadata copies owner, extended attributes, mode and times from source to
// temp. Mode and times are those of old, from before source was read. The order
// matters: chown(2) clears set-user-ID, an attribute cannot be set once the file
// is read-only, and writing changes the times.
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
	access, modification := statTimes(stat)
	times := []unix.Timespec{{Sec: access.Sec, Nsec: access.Nsec}, {Sec: modification.Sec, Nsec: modification.Nsec}}
	return unix.UtimesNanoAt(unix.AT_FDCWD, temp, times, 0)
}

// copyXattrs copies the extended attributes. Those named security.* belong to the
// system, which sets them on every new file: a refusal to copy one is no error.
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

// xattrNames returns the names of the extended attributes, none on a file system
// that has no such attributes.
func xattrNames(path string) ([]string, error) {
	size, err := unix.Listxattr(path, nil)
	if errors.Is(err, unix.ENOTSUP) || size == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names := make([]byte, size) // each ends in NUL
	if size, err = unix.Listxattr(path, names); err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(names[:size]), "\x00"), "\x00"), nil
}

// xattr returns the value of one extended attribute.
func xattr(path, name string) ([]byte, error) {
	size, err := unix.Getxattr(path, name, nil)
	if err != nil {
		return nil, err
	}
	value := make([]byte, size)
	size, err = unix.Getxattr(path, name, value)
	return value[:max(0, size)], err
}
