package atomicfile

// This file puts a new text in the place of a file at once: a run that is killed
// leaves the old one or the new one.

import (
	"errors"
	"os"
	"path/filepath"
)

// replaceFile writes a temporary file beside path and renames it; owner, mode,
// times and extended attributes stay as they were. Other hard links keep the old
// text: uv links files of its cache into what it installs.
func Replace(path, text string) (err error) {
	old, err := os.Lstat(path)
	if err != nil {
		return err
	}
	dirs := NewWritable()
	defer dirs.Restore()
	if err := dirs.Open(filepath.Dir(path)); err != nil {
		return err
	}
	var temp *os.File
	name, err := TempName(path, "record", func(name string) (err error) {
		temp, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		return err
	})
	if err != nil {
		return err
	}
	_, err = temp.WriteString(text)
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = CopyMetadata(path, name, old)
	}
	if err == nil {
		err = os.Rename(name, path)
	}
	if err != nil {
		_ = os.Remove(name)
	}
	return err
}
