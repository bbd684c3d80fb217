package trace

import (
	_ "embed"
	"io"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyload"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
)

// sitecustomize is what Python imports at its start where PYTHONPATH leads to it. A
// process of Python that ignores PYTHONPATH (-I, -E) tells no lines.
//
//go:embed sitecustomize.py
var sitecustomize string

// maxNotes is how many notes of Python are kept in all.
const maxNotes = 100000

// A pyNote is one line of what sitecustomize.py writes.
type pyNote struct {
	kind string // ctypes, cffi, find_library, import, cleared, helper
	name string
	file string
	line int
}

// readPython reads the notes of one process.
func (r *reports) readPython(in io.Reader, pid int) error {
	return r.eachLine(in, func(text string) {
		n, ok := parseNote(text)
		switch {
		case !ok:
		case n.kind == "helper":
			r.helpers[path.Base(n.name)] = true
		case n.kind == "cleared":
			if len(r.unseen) < maxReports {
				r.unseen = append(r.unseen, report.UnseenReport{Program: realPath(n.name), Reason: clearedReason})
			}
		case r.numNotes >= maxNotes:
			r.cut("there are too many calls of Python, and not all are told")
		default:
			r.notes[pid] = append(r.notes[pid], n)
			r.numNotes++
		}
	})
}

// parseNote is the inverse of what the module writes: kind, name, file, line, with
// tabs between them, percent signs, tabs and ends of lines as in a URL.
func parseNote(text string) (pyNote, bool) {
	fields := strings.Split(text, "\t")
	if len(fields) != 4 {
		return pyNote{}, false
	}
	name, err1 := url.PathUnescape(fields[1])
	file, err2 := url.PathUnescape(fields[2])
	line, err3 := strconv.Atoi(fields[3])
	if err1 != nil || err2 != nil || err3 != nil || line < 0 || name == "" {
		return pyNote{}, false
	}
	return pyNote{kind: fields[0], name: name, file: file, line: line}, true
}

// library returns the name that find_library is asked for as the loader would be.
func (n pyNote) library() string { return "lib" + path.Base(n.name) + ".so" }

// Limits on the code that is read for what to write.
const (
	maxCode      = 2 << 20 // bytes of a file
	maxCodeFiles = 100
)

// A codeReader reads the Python code that asked for libraries, each file once.
type codeReader struct{ files map[string][]pyload.Load }

// loads returns what a file opens, as far as reading finds it.
func (c *codeReader) loads(file string) []pyload.Load {
	if c.files == nil {
		c.files = map[string][]pyload.Load{}
	}
	loads, ok := c.files[file]
	if ok || len(c.files) >= maxCodeFiles || !strings.HasSuffix(file, ".py") {
		return loads
	}
	c.files[file] = nil
	f, info, err := atomicfile.OpenPlain(file, os.O_RDONLY)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info.Size() > maxCode {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(f, maxCode))
	if err == nil {
		c.files[file] = pyload.Scan(file, text)
	}
	return c.files[file]
}
