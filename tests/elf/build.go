// Package elf makes real objects of the cases of tests/ldso, with a compiler and
// a linker, and asks the real loader about them.
package elf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
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

// A Builder writes the objects of cases beneath a directory that stands for "/".
type Builder struct {
	t    testing.TB
	work *Workshop
	Root string
}

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

// file gives the file that make writes for a key, and calls make once.
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

// NewBuilder makes a builder that puts everything beneath root.
func NewBuilder(t testing.TB, work *Workshop, root string) *Builder {
	return &Builder{t: t, work: work, Root: root}
}

// Case writes every entry of a case.
func (b *Builder) Case(c ldso.Case) {
	for _, e := range c.Entries {
		path := b.Root + e.Path
		must(b.t, os.MkdirAll(filepath.Dir(path), 0o755))
		switch {
		case e.Link != "" && strings.HasPrefix(e.Link, "/"):
			must(b.t, os.Symlink(b.Root+e.Link, path))
		case e.Link != "":
			must(b.t, os.Symlink(e.Link, path))
		case e.Hard != "":
			must(b.t, os.Link(b.Root+e.Hard, path))
		case e.Dir:
			must(b.t, os.MkdirAll(path, 0o755))
		case e.Text != nil:
			must(b.t, os.WriteFile(path, []byte(*e.Text), 0o644))
		default:
			b.object(path, c.Loader.Interpreter, e.Object)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *Builder) run(args ...string) {
	b.t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

func (b *Builder) toolchain(o *elfobj.Object) Toolchain {
	switch {
	case o.Class == elf.ELFCLASS32:
		return Host32
	case o.Machine == elf.EM_AARCH64:
		return Cross
	}
	return Host
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

// define gives the linker's arguments for a library that defines versions.
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

// rooted puts absolute directories beneath the root.
func (b *Builder) rooted(list []string) string {
	var out []string
	for _, s := range list {
		if strings.HasPrefix(s, "/") {
			s = b.Root + s
		}
		out = append(out, s)
	}
	return strings.Join(out, ":")
}

func (b *Builder) object(path, interp string, o *elfobj.Object) {
	tc := b.toolchain(o)
	if o.Type == elf.ET_REL {
		b.run("cp", b.compile(tc, "void nothing(void) {}"), path)
		return
	}
	args := append(tc.LD, "-o", path, "--no-as-needed", "-z", "noexecstack")
	switch {
	case !o.Dynamic:
		args = append(args, "-static", "-e", "0")
	case o.Interp != "" && o.PIE:
		args = append(args, "-pie", "-e", "0", "-dynamic-linker", b.Root+interp)
	case o.Interp != "" || o.Type == elf.ET_EXEC:
		args = append(args, "-no-pie", "-e", "0", "-dynamic-linker", b.Root+interp)
	default:
		args = append(args, "-shared")
	}
	if o.Soname != "" {
		args = append(args, "-soname", o.Soname)
	}
	if o.NoDefLib {
		args = append(args, "-z", "nodefaultlib")
	}
	args = append(args, b.runPaths(o)...)
	args = append(args, b.define(tc, o.Verdef)...)
	args = append(args, b.needs(tc, o)...)
	b.run(args...)
	b.edit(path, o)
}

func (b *Builder) runPaths(o *elfobj.Object) (args []string) {
	switch {
	case o.Rpath != nil && o.Runpath != nil:
		// The linker writes one of them: DT_AUDIT holds the other until edit.
		args = []string{"--enable-new-dtags", "-rpath", b.rooted(o.Runpath), "--audit", b.rooted(o.Rpath)}
	case o.Rpath != nil:
		args = []string{"--disable-new-dtags", "-rpath", b.rooted(o.Rpath)}
	case o.Runpath != nil:
		args = []string{"--enable-new-dtags", "-rpath", b.rooted(o.Runpath)}
	}
	return args
}

// needs links a stub for each DT_NEEDED, and uses a symbol for each version.
func (b *Builder) needs(tc Toolchain, o *elfobj.Object) (args []string) {
	for _, name := range o.Needed {
		var versions []string
		for _, v := range o.Verneed {
			for _, w := range v.Versions {
				if v.File == name {
					versions = append(versions, w.Name)
				}
			}
		}
		code := ""
		for _, v := range versions {
			code += fmt.Sprintf("void %[1]s(void); void (*use_%[1]s)(void) = %[1]s;\n", symbol(v))
		}
		if code != "" {
			args = append(args, b.compile(tc, code))
		}
		if strings.HasPrefix(name, "/") {
			name = b.Root + name
		}
		args = append(args, b.stub(tc, name, versions))
	}
	return args
}

// edit writes what the linker cannot.
func (b *Builder) edit(path string, o *elfobj.Object) {
	weak := map[string]bool{}
	for _, n := range o.Verneed {
		for _, v := range n.Versions {
			weak[v.Name] = v.Weak
		}
	}
	emptyRunpath := len(o.Runpath) == 1 && o.Runpath[0] == ""
	both := o.Rpath != nil && o.Runpath != nil
	if o.Data == elf.ELFDATA2LSB && !both && !emptyRunpath && !hasTrue(weak) {
		return
	}
	data, err := os.ReadFile(path)
	must(b.t, err)
	f, err := elf.NewFile(bytes.NewReader(data))
	must(b.t, err)
	if o.Data == elf.ELFDATA2MSB {
		data[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	}
	if both || emptyRunpath {
		retag(b.t, f, data, both, emptyRunpath)
	}
	if hasTrue(weak) {
		weaken(b.t, f, data, weak)
	}
	must(b.t, os.WriteFile(path, data, 0o755))
}

func hasTrue(m map[string]bool) bool {
	for _, v := range m {
		if v {
			return true
		}
	}
	return false
}

// retag turns DT_AUDIT into DT_RPATH, and the first spare DT_NULL into an empty
// DT_RUNPATH, which the linker leaves out.
func retag(t testing.TB, f *elf.File, data []byte, rpath, emptyRunpath bool) {
	s := f.Section(".dynamic")
	list := data[s.Offset : s.Offset+s.FileSize]
	for ; len(list) >= 32; list = list[16:] {
		switch elf.DynTag(binary.LittleEndian.Uint64(list)) {
		case elf.DT_AUDIT:
			if rpath {
				binary.LittleEndian.PutUint64(list, uint64(elf.DT_RPATH))
			}
		case elf.DT_NULL:
			if emptyRunpath {
				binary.LittleEndian.PutUint64(list, uint64(elf.DT_RUNPATH)) // string 0 is empty
			}
			return
		}
	}
	t.Fatal("no room in the dynamic section")
}

// weaken sets VER_FLG_WEAK of the versions named.
func weaken(t testing.TB, f *elf.File, data []byte, weak map[string]bool) {
	needs, err := f.DynamicVersionNeeds()
	must(t, err)
	at := f.SectionByType(elf.SHT_GNU_VERNEED).Offset
	for _, n := range needs {
		at += 16
		for _, d := range n.Needs {
			if weak[d.Dep] {
				binary.LittleEndian.PutUint16(data[at+4:], 2)
			}
			at += 16
		}
	}
}
