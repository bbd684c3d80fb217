// Package pyload guesses which libraries Python code loads: by the names in calls of ctypes
// and cffi, and in strings of code that has to do with these. What code loads cannot be
// known without running it, and nothing is run.
//
// explain calls it for wheels and trees. It leaves out who has the libraries. It reads the
// files that it is handed, the head of each and the rest only where that promises more.
package pyload

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

// A Load is the name of a library in Python code.
type Load struct {
	Soname string // or the name given to find_library, as lib….so
	File   string // relative to the wheel or tree
	Line   int
	Call   string // how it is loaded, for example find_library
}

// A File is one to be read.
type File struct {
	Name string // relative to the wheel or tree
	Size int64
	Open func() (io.ReadCloser, error)
}

// Wanted reports whether a file is Python code that is to be read. Code in folders
// of tests is not: the wheel works without what a test loads.
func Wanted(name string, size int64) bool {
	if !strings.HasSuffix(name, ".py") || size > maxPythonFile {
		return false
	}
	return !slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(dir string) bool {
		return dir == "tests" || dir == "test"
	})
}

// Read returns the guesses from files, in their order. A file that cannot be
// read has none; the command verify names it.
func Read(ctx context.Context, files []File, jobs int) ([]Load, error) {
	files = files[:min(len(files), maxPythonFiles)]
	loads := make([][]Load, len(files))
	texts := sync.Pool{New: func() any { return new([]byte) }}
	// Files are small: each call reads a few.
	const some = 8
	err := pool.Each(ctx, min(jobs, runtime.GOMAXPROCS(0)), (len(files)+some-1)/some, func(ctx context.Context, batch int) error {
		text := texts.Get().(*[]byte)
		defer texts.Put(text)
		for i := batch * some; i < min((batch+1)*some, len(files)) && ctx.Err() == nil; i++ {
			if files[i].read(text) {
				loads[i] = scan(files[i].Name, *text)
			}
		}
		return ctx.Err()
	})
	return slices.Concat(loads...), err
}

// read puts the contents into text, and reports whether they may name a library.
func (f File) read(text *[]byte) bool {
	in, err := f.Open()
	if err != nil {
		return false
	}
	defer in.Close()
	*text = slices.Grow((*text)[:0], int(f.Size))[:f.Size]
	head := (*text)[:min(f.Size, pythonHead)]
	if _, err := io.ReadFull(in, head); err != nil || !loadsLibraries(head) {
		return false
	}
	_, err = io.ReadFull(in, (*text)[len(head):])
	return err == nil
}
