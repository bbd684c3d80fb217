package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
)

// Rule: a regular file is opened, and nothing else: no link is followed, no FIFO waited
// for.
func TestOpenPlain(t *testing.T) {
	dir := t.TempDir()
	file, link, fifo, loop := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "fifo"), filepath.Join(dir, "loop")
	err := errors.Join(os.WriteFile(file, []byte("text"), 0o600), os.Symlink(file, link), syscall.Mkfifo(fifo, 0o600), os.Symlink("loop", loop))
	if err != nil {
		t.Fatal(err)
	}
	f, info, err := atomicfile.OpenPlain(file, os.O_RDWR)
	if err != nil || info.Size() != 4 {
		t.Fatal(err)
	}
	f.Close()
	for path, kind := range map[string]string{link: "a symbolic link", loop: "a symbolic link", fifo: "a FIFO", dir: "a directory", "/dev/null": "a device"} {
		var plain *atomicfile.NotPlainError
		if _, _, err := atomicfile.OpenPlain(path, os.O_RDONLY); !errors.As(err, &plain) || atomicfile.KindOf(plain.Mode) != kind || !strings.Contains(err.Error(), kind) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, _, err := atomicfile.OpenPlain(filepath.Join(dir, "none"), os.O_RDONLY); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
