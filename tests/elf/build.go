// Package elf makes real objects of the cases of tests/ldso, with a compiler and
// a linker, and asks the real loader about them.
package elf

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
)

// A Builder writes the objects of cases beneath a directory that stands for "/".
type Builder struct {
	t    testing.TB
	work *Workshop
	Root string
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
	for _, name := range names(o) {
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

// names returns what an object has as DT_NEEDED until edit, in the order of its
// dynamic section.
func names(o *elfobj.Object) (all []string) {
	filters := o.Filters
	for i := range len(o.Needed) + 1 {
		for ; len(filters) > 0 && filters[0].Before == i; filters = filters[1:] {
			all = append(all, filters[0].Name)
		}
		if i < len(o.Needed) {
			all = append(all, o.Needed[i])
		}
	}
	return all
}
