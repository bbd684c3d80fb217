package explain

import (
	"context"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
)

// Limits on what is read of Python code, which is only guessed at.
const (
	maxPythonFile  = 2 << 20
	maxPythonFiles = 20000
	// pythonHead is how much of a file is looked at for loadsLibraries. The word is
	// among the imports: in 40 wheels no file has its first one further on.
	pythonHead = 32 << 10
)

// A pythonFile is one to be read.
type pythonFile struct {
	name string // relative to the wheel or tree
	size int64
	open func() (io.ReadCloser, error)
}

// isPython reports whether a file is Python code that is to be read. Code in folders
// of tests is not: the wheel works without what a test loads.
func isPython(name string, size int64) bool {
	if !strings.HasSuffix(name, ".py") || size > maxPythonFile {
		return false
	}
	return !slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(dir string) bool {
		return dir == "tests" || dir == "test"
	})
}

// readPython returns the guesses from files, in their order. A file that cannot be
// read has none; the command verify names it.
func readPython(ctx context.Context, files []pythonFile, jobs int) ([]guess, error) {
	files = files[:min(len(files), maxPythonFiles)]
	guesses := make([][]guess, len(files))
	texts := sync.Pool{New: func() any { return new([]byte) }}
	// Files are small: each call reads a few.
	const some = 8
	err := pool.Each(ctx, min(jobs, runtime.GOMAXPROCS(0)), (len(files)+some-1)/some, func(ctx context.Context, batch int) error {
		text := texts.Get().(*[]byte)
		defer texts.Put(text)
		for i := batch * some; i < min((batch+1)*some, len(files)) && ctx.Err() == nil; i++ {
			if files[i].read(text) {
				guesses[i] = scanPython(files[i].name, *text)
			}
		}
		return ctx.Err()
	})
	return slices.Concat(guesses...), err
}

// read puts the contents into text, and reports whether they may name a library.
func (f pythonFile) read(text *[]byte) bool {
	in, err := f.open()
	if err != nil {
		return false
	}
	defer in.Close()
	*text = slices.Grow((*text)[:0], int(f.size))[:f.size]
	head := (*text)[:min(f.size, pythonHead)]
	if _, err := io.ReadFull(in, head); err != nil || !loadsLibraries(head) {
		return false
	}
	_, err = io.ReadFull(in, (*text)[len(head):])
	return err == nil
}
