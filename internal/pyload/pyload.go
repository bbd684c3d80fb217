// Package pyload guesses which libraries Python code loads: by the names in calls of ctypes
// and cffi, and in strings of code that has to do with these. What code loads cannot be
// known without running it, and nothing is run.
//
// explain calls it for wheels and trees. It leaves out who has the libraries. It reads the
// files that it is handed, the head of each and the rest only where that promises more.
package pyload

import (
	"bytes"
	"context"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
)

// Limits on what is read of Python code, which is only guessed at.
const (
	maxPythonFile  = 2 << 20
	maxPythonFiles = 20000
	// pythonHead is how much of a file is looked at for loadsLibraries. The word is
	// among the imports: in 40 wheels no file has its first one further on.
	pythonHead = 32 << 10
	// maxKept is how much text is kept of files that may have to be looked at again.
	maxKept = 4 << 20
	// maxMentioned is how many modules the text of a file is searched for.
	maxMentioned = 100
)

// A Load is the name of a library in Python code.
type Load struct {
	Soname string   // or the name given to find_library, as lib….so: the best of Names
	Names  []string // those that one call tries, any one of which will do
	File   string   // relative to the wheel or tree
	Line   int
	Call   string // how it is loaded, for example find_library
	Edit   Edit   // how the code is made to open it by its path
}

// A File is one to be read.
type File struct {
	Name string // relative to the wheel or tree
	Size int64
	Open func() (io.ReadCloser, error)
}

// Wanted reports whether a file is Python code that is to be read. Tests are not, nor are
// the folders of another language: the wheel works without what these load.
func Wanted(name string, size int64) bool {
	if !strings.HasSuffix(name, ".py") || size > maxPythonFile {
		return false
	}
	base := path.Base(name)
	if strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py") || base == "conftest.py" {
		return false
	}
	return !slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(dir string) bool {
		return dir == "tests" || dir == "test" || dir == "node_modules"
	})
}

// BelowSite returns the path of a file of a wheel or tree as it is below site-packages.
func BelowSite(file string) string {
	for _, site := range []string{"site-packages/", ".data/purelib/", ".data/platlib/"} {
		if at := strings.LastIndex(file, site); at >= 0 {
			file = file[at+len(site):]
		}
	}
	return file
}

// moduleOf returns the name by which a file is imported.
func moduleOf(file string) string {
	file = BelowSite(file)
	name := strings.TrimSuffix(strings.TrimSuffix(file, ".py"), "/__init__")
	return strings.ReplaceAll(name, "/", ".")
}

// Scan returns the guesses from the text of one file.
func Scan(file string, text []byte) []Load {
	loads, _, _ := scan(file, text)
	return loads
}

// A reading is what one file has.
type reading struct {
	loads       []Load
	other, live []string // modules that it imports on other platforms, and on Linux
	later       bool     // it loads nothing; what it imports was not looked at
	asks        bool     // it asks for the platform
	kept        []byte   // of one to be looked at later, the text; nil: it has to be read again
}

// Read returns the guesses from files, in their order. A file that cannot be
// read has none; the command verify names it.
func Read(ctx context.Context, files []File, jobs int) ([]Load, error) {
	files = files[:min(len(files), maxPythonFiles)]
	readings := make([]reading, len(files))
	var kept atomic.Int64
	err := each(ctx, files, jobs, func(i int, text *[]byte) {
		if !files[i].read(text) {
			return
		}
		r := &readings[i]
		loads, asks := promise(*text)
		if loads && namesLibraries(*text) {
			r.loads, r.other, r.live = scan(files[i].Name, *text)
		} else {
			r.later, r.asks = true, asks
			if asks && kept.Add(int64(len(*text))) <= maxKept {
				r.kept = slices.Clone(*text)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	// What the others import matters where they import on another platform what loads
	// something. In most wheels none does.
	modules := loading(readings)
	importsOf := func(asks bool) error {
		if len(modules) == 0 {
			return nil
		}
		return each(ctx, files, jobs, func(i int, text *[]byte) {
			r, name := &readings[i], files[i].Name
			if !r.later || r.asks != asks {
				return
			}
			if r.kept != nil {
				text = &r.kept
			} else if !files[i].read(text) {
				return
			}
			if mentions(name, *text, modules) {
				_, r.other, r.live = scan(name, *text)
			}
		})
	}
	if err := importsOf(true); err != nil {
		return nil, err
	}
	other, _ := imported(readings)
	modules = slices.DeleteFunc(modules, func(module string) bool { return !other[module] })
	if err := importsOf(false); err != nil {
		return nil, err
	}
	return joined(files, readings), nil
}

// each calls do with the index of each file, several at once, and with memory for its text.
func each(ctx context.Context, files []File, jobs int, do func(i int, text *[]byte)) error {
	texts := sync.Pool{New: func() any { return new([]byte) }}
	// Files are small: each call reads a few.
	const some = 8
	return pool.Each(ctx, min(jobs, runtime.GOMAXPROCS(0)), (len(files)+some-1)/some, func(ctx context.Context, batch int) error {
		text := texts.Get().(*[]byte)
		defer texts.Put(text)
		for i := batch * some; i < min((batch+1)*some, len(files)) && ctx.Err() == nil; i++ {
			do(i, text)
		}
		return ctx.Err()
	})
}

// loading returns the modules that load libraries.
func loading(readings []reading) []string {
	var out []string
	for _, r := range readings {
		if len(r.loads) > 0 {
			out = append(out, moduleOf(r.loads[0].File))
		}
	}
	return out
}

// mentions reports whether a file may import one of some modules. It names the last part of
// the module's name, or lies in the package: then it needs no name for it. Of very many
// modules it may always be one.
func mentions(file string, text []byte, modules []string) bool {
	if len(modules) > maxMentioned {
		return true
	}
	within := moduleOf(file) + "."
	return slices.ContainsFunc(modules, func(module string) bool {
		return strings.HasPrefix(within, module+".") || bytes.Contains(text, []byte(module[strings.LastIndexByte(module, '.')+1:]))
	})
}

// joined returns what files load that Linux may import: not those that code imports on
// other platforms only.
func joined(files []File, readings []reading) []Load {
	other, live := imported(readings)
	var out []Load
	for i, r := range readings {
		if module := moduleOf(files[i].Name); !other[module] || live[module] {
			out = append(out, r.loads...)
		}
	}
	return out
}

// imported returns which modules files import on other platforms, and on Linux.
func imported(readings []reading) (other, live map[string]bool) {
	other, live = map[string]bool{}, map[string]bool{}
	for _, r := range readings {
		for _, name := range r.other {
			other[name] = true
		}
		for _, name := range r.live {
			live[name] = true
		}
	}
	return other, live
}

// read puts the contents into text, and reports whether they may name a library, or say
// that a module is for another platform: for that the head is enough.
func (f File) read(text *[]byte) bool {
	in, err := f.Open()
	if err != nil {
		return false
	}
	defer in.Close()
	*text = slices.Grow((*text)[:0], int(f.Size))[:f.Size]
	head := (*text)[:min(f.Size, pythonHead)]
	if _, err := io.ReadFull(in, head); err != nil {
		return false
	}
	loads, asks := promise(head)
	if !loads {
		*text = head
		return asks
	}
	_, err = io.ReadFull(in, (*text)[len(head):])
	return err == nil
}
