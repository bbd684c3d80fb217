package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
)

// Replace writes text to a temporary file beside path and renames it over path.
// It keeps the metadata (see [CopyMetadata]), and makes the directory writable
// while it works. Other hard links keep the old text: uv links files of its cache
// into what it installs.
func Replace(path, text string) (err error) {
	old, err := os.Lstat(path)
	if err != nil {
		return err
	}
	dirs := NewDirModes()
	defer dirs.Restore()
	if err := dirs.MakeWritable(filepath.Dir(path)); err != nil {
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
