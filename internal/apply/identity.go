package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// A birth tells one file from every other one: a copy has another inode, and where
// the file system notes when a file was made nobody can guess or set that.
type birth struct {
	dev, ino uint64
	born     int64 // nanoseconds since 1970; 0 where it is not known
	uid      uint32
}

// birthOf returns the birth of an open file.
func birthOf(f *os.File) (birth, error) {
	info, err := f.Stat()
	if err != nil {
		return birth{}, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return birth{}, errors.New("no stat(2) data")
	}
	return birth{uint64(st.Dev), st.Ino, bornAt(f), st.Uid}, nil
}

// headLine returns the first line of the journal file that was born so.
func (b birth) headLine() string {
	return fmt.Sprintf("wheel-auto-patch journal 2: device %d, inode %d, born %d, user %d\n", b.dev, b.ino, b.born, b.uid)
}

// A keptFile is the identity of a file that was kept.
type keptFile struct {
	dev, ino uint64
	size     int64
}

func keptOf(info fs.FileInfo) keptFile {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return keptFile{}
	}
	return keptFile{uint64(st.Dev), st.Ino, info.Size()}
}

// same reports whether a file is the one that was kept, whatever was written to it.
func (k keptFile) same(info fs.FileInfo) bool {
	now := keptOf(info)
	return now.dev == k.dev && now.ino == k.ino
}

// uidOf returns the owner of a file, -1 where the system does not say.
func uidOf(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}
