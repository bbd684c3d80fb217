package explain

import (
	"context"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// This file reads the Python code of a wheel or tree, several files at once.

// Limits on what is read of Python code, which is only guessed at.
const (
	maxPythonFile  = 2 << 20
	maxPythonFiles = 20000
	// Who loads libraries says so among the imports: in 40 wheels no file that
	// names one has its first such word further on.
	pythonHead = 32 << 10
)

// A pythonFile is one to be read.
type pythonFile struct {
	name string // relative to the wheel or tree
	size int64
	open func() (io.ReadCloser, error)
}

// isPython leaves out code in folders of tests: what a test loads, the wheel does
// without.
func isPython(name string, size int64) bool {
	if !strings.HasSuffix(name, ".py") || size > maxPythonFile {
		return false
	}
	return !slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(dir string) bool {
		return dir == "tests" || dir == "test"
	})
}

// readPython gives the guesses of each file in their order. A file that cannot be
// read has none: verify says so.
func readPython(ctx context.Context, files []pythonFile, jobs int) ([]Guess, error) {
	files = files[:min(len(files), maxPythonFiles)]
	guesses := make([][]Guess, len(files))
	texts := sync.Pool{New: func() any { return new([]byte) }}
	g, ctx := errgroup.WithContext(ctx)
	// Files are small: a few at a time for each worker.
	const some = 8
	g.SetLimit(max(1, min(jobs, runtime.GOMAXPROCS(0))))
	for from := 0; from < len(files); from += some {
		g.Go(func() error {
			text := texts.Get().(*[]byte)
			defer texts.Put(text)
			for i := from; i < min(from+some, len(files)) && ctx.Err() == nil; i++ {
				if files[i].read(text) {
					guesses[i] = scanPython(files[i].name, *text)
				}
			}
			return ctx.Err()
		})
	}
	err := g.Wait()
	return slices.Concat(guesses...), err
}

// read puts the contents into text, and tells whether they may name a library.
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
