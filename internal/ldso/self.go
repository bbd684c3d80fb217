package ldso

import (
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

func (l Loader) isInterpreter(file string) bool { return file == l.Interpreter }

// isSelf reports whether a name means the loader itself, which is mapped before
// anything else. For musl that is every part of the C library.
func (l Loader) isSelf(name string) bool {
	if l.Interpreter == "" {
		return false
	}
	if l.Libc == Musl {
		rest, ok := strings.CutPrefix(name, "lib")
		part, _, dot := strings.Cut(rest, ".")
		return name == l.Interpreter ||
			ok && dot && slices.Contains([]string{"c", "pthread", "rt", "m", "dl", "util", "xnet"}, part)
	}
	soname := l.Soname
	if soname == "" {
		soname = path.Base(l.Interpreter)
	}
	return name == soname || name == l.Interpreter
}

// self answers a need for the loader. One that cannot be read counts as a
// library without versions, since it is there by definition.
func (l Loader) self(files Files, name string) (Need, File) {
	f, err := files.Open(l.Interpreter)
	if err != nil {
		f = File{Real: l.Interpreter, Object: &elfobj.Object{Soname: l.Soname}}
	}
	return Need{Soname: name, Found: true, Path: l.Interpreter, Real: f.Real, Via: Default}, f
}
