package pymodule

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"strings"
)

// isBare reports whether the name of a module says nothing of a Python.
func (m module) isBare() bool { return m.Suffix == ".so" }

// hasInit reports whether a file of a bare name may be an extension module: the name of its
// init function stands in it (Python/C API, "Initialization function"). A member of an
// archive may be, and so may a file that cannot be read.
func (m module) hasInit() bool {
	if m.object.Root.Archive {
		return true
	}
	f, err := os.Open(m.file)
	if err != nil {
		return true
	}
	defer f.Close()
	found, err := contains(f, "\x00PyInit_"+strings.TrimSuffix(path.Base(m.file), ".so")+"\x00")
	return found || err != nil
}

// contains reports whether a stream holds a text, which is short.
func contains(r io.Reader, text string) (bool, error) {
	buf := make([]byte, 256<<10+len(text))
	kept := 0 // bytes of the end of what was read, in which the text may begin
	for {
		n, err := io.ReadFull(r, buf[kept:])
		if bytes.Contains(buf[:kept+n], []byte(text)) {
			return true, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buf, buf[kept+n-len(text)+1:kept+n])
	}
}
