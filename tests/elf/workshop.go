package elf

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A Toolchain builds for one machine.
type Toolchain struct {
	CC, LD []string // commands with their first arguments
}

// Host, Host32 and Cross are the toolchains that Debian has.
var (
	Host   = Toolchain{[]string{"gcc"}, []string{"ld"}}
	Host32 = Toolchain{[]string{"gcc", "-m32"}, []string{"ld", "-m", "elf_i386"}}
	Cross  = Toolchain{[]string{"aarch64-linux-gnu-gcc"}, []string{"aarch64-linux-gnu-ld"}}
)

// A Workshop keeps object files and stubs, each made once for all cases.
type Workshop struct {
	mu   sync.Mutex
	dir  string
	made map[string]string
}

// NewWorkshop makes one in a directory that lasts as long as the test.
func NewWorkshop(t testing.TB) *Workshop {
	return &Workshop{dir: t.TempDir(), made: map[string]string{}}
}

// file returns the file that write makes for a key, and calls write once.
func (w *Workshop) file(key string, write func(file string)) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.made[key]; !ok {
		file := filepath.Join(w.dir, fmt.Sprintf("made%d", len(w.made)))
		write(file)
		w.made[key] = file
	}
	return w.made[key]
}

// compile makes an object file of a few lines of C.
func (b *Builder) compile(tc Toolchain, code string) string {
	return b.work.file(fmt.Sprint("compile", tc, code), func(file string) {
		must(b.t, os.WriteFile(file+".c", []byte(code+"\n"), 0o644))
		b.run(append(tc.CC, "-c", "-fPIC", "-ffreestanding", "-fno-stack-protector", "-o", file, file+".c")...)
	})
}

// stub makes a library to link against: only its soname ends in the object.
func (b *Builder) stub(tc Toolchain, soname string, versions []string) string {
	from := b.define(tc, versions)
	return b.work.file(fmt.Sprint("stub", tc, soname, versions), func(file string) {
		b.run(append(append(tc.LD, "-shared", "-o", file, "-soname", soname), from...)...)
	})
}

// define returns the linker's arguments for a library that defines versions.
func (b *Builder) define(tc Toolchain, versions []string) []string {
	if len(versions) == 0 {
		return []string{b.compile(tc, "void nothing(void) {}")}
	}
	var code, script strings.Builder
	for _, v := range versions {
		fmt.Fprintf(&code, "void %s(void) {}\n", symbol(v))
		fmt.Fprintf(&script, "%s { %s; };\n", v, symbol(v))
	}
	file := b.work.file("script"+script.String(), func(file string) {
		must(b.t, os.WriteFile(file, []byte(script.String()), 0o644))
	})
	return []string{b.compile(tc, code.String()), "--version-script=" + file}
}

func symbol(version string) string {
	return "of_" + strings.NewReplacer(".", "_", "-", "_").Replace(version)
}
