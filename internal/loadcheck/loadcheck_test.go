package loadcheck

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

const hostLoader = "/lib64/ld-linux-x86-64.so.2"

var host = Target{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64}

// Rule: a probe is an executable that debug/elf and our own reader both
// understand, with the interpreter in a section named .interp, whatever the
// class, byte order and machine.
func TestProbeIsAnExecutable(t *testing.T) {
	for _, target := range []Target{
		host,
		{Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB, Machine: elf.EM_386},
		{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_AARCH64},
		{Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB, Machine: elf.EM_ARM, Flags: 0x05000400},
		{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_RISCV, Flags: 5},
		{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_PPC64, Flags: 2},
		{Class: elf.ELFCLASS64, Data: elf.ELFDATA2MSB, Machine: elf.EM_S390},
		{Class: elf.ELFCLASS32, Data: elf.ELFDATA2MSB, Machine: elf.EM_MIPS},
	} {
		t.Run(target.Machine.String(), func(t *testing.T) {
			const needed = "/a/library/of/odd/length.so"
			text := probe(target, "/the/ld.so", SearchPath{}, needed)
			f, err := elf.NewFile(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			interp, err := f.Section(".interp").Data()
			if err != nil || string(interp) != "/the/ld.so\x00" {
				t.Errorf(".interp: %v %q", err, interp)
			}
			o, err := elfobj.Read(bytes.NewReader(text), int64(len(text)))
			if err != nil {
				t.Fatal(err)
			}
			if o.Class != target.Class || o.Data != target.Data || o.Machine != target.Machine || o.Flags != target.Flags {
				t.Errorf("header: %+v", o)
			}
			if o.Interp != "/the/ld.so" || !slices.Equal(o.Needed, []string{needed}) || o.Rpath != nil || o.Runpath != nil || o.ExecStack {
				t.Errorf("dynamic: %+v", o)
			}
			for _, rpath := range []bool{false, true} {
				dirs := []string{"/a", "/b/c"}
				text := probe(target, "/the/ld.so", SearchPath{dirs, rpath}, needed)
				o, err := elfobj.Read(bytes.NewReader(text), int64(len(text)))
				if err != nil {
					t.Fatal(err)
				}
				if entries, old := o.SearchPath(); !slices.Equal(entries, dirs) || old != rpath || !slices.Equal(o.Needed, []string{needed}) {
					t.Errorf("search path: %+v", o)
				}
			}
		})
	}
}

// loaders are the dynamic loaders of other machines where Debian's cross
// packages of the C library put them.
var loaders = []string{
	"aarch64-linux-gnu/lib/ld-linux-aarch64.so.1",
	"i686-linux-gnu/lib/ld-linux.so.2",
	"arm-linux-gnueabihf/lib/ld-linux-armhf.so.3",
	"riscv64-linux-gnu/lib/ld-linux-riscv64-lp64d.so.1",
	"powerpc64le-linux-gnu/lib/ld64.so.2",
	"s390x-linux-gnu/lib/ld64.so.1",
}

// Rule: a library of another machine is asked about through qemu-user, and the
// paths are those of the machine that runs it.
func TestOtherMachines(t *testing.T) {
	for _, name := range loaders {
		t.Run(filepath.Dir(filepath.Dir(name)), func(t *testing.T) {
			interpreter := filepath.Join("/usr", name)
			library := filepath.Join(filepath.Dir(interpreter), "libm.so.6")
			o, err := elfobj.Open(library)
			if err != nil {
				testenv.Lacks(t, "%v; make deps installs it", err)
			}
			target := Target{Path: library, Class: o.Class, Data: o.Data, Machine: o.Machine, Flags: o.Flags}
			l := open(t, interpreter, target)
			answer, err := l.List(context.Background(), target)
			if emulator(l) == "" {
				// The kernel runs it, without the cross packages' root.
				if err == nil || !strings.Contains(err.Error(), "libc.so.6") {
					t.Errorf("%v %q", err, answer.Paths)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := []string{filepath.Join(filepath.Dir(interpreter), "libc.so.6")}; !slices.Equal(answer.Paths, want) {
				t.Errorf("got %q by %q, want %q", answer.Paths, l.via, want)
			}
			target.Path = filepath.Join(filepath.Dir(interpreter), "nothing.so")
			var failed *LoaderError
			if _, err := l.List(context.Background(), target); !errors.As(err, &failed) || !strings.Contains(failed.Words, "nothing.so") {
				t.Errorf("a file that is not there: %v", err)
			}
		})
	}
}

// Rule: a program of another machine is asked about through qemu-user too.
func TestProgramOfAnotherMachine(t *testing.T) {
	interpreter := filepath.Join("/usr", loaders[0])
	dir := t.TempDir()
	build(t, "aarch64-linux-gnu-gcc", dir, "liba.so", "int a(void) { return 0; }", "-nostdlib")
	program := build(t, "aarch64-linux-gnu-gcc", dir, "program", "int a(void); int main(void) { return a(); }", "-nostdlib", "-Wl,-e,main", "-L.", "-la", "-Wl,-rpath,$ORIGIN")
	target := Target{Path: program, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_AARCH64, Program: true}
	l := open(t, interpreter, target)
	answer, err := l.List(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(dir, "liba.so")}; !slices.Equal(answer.Paths, want) || emulator(l) == "" {
		t.Errorf("%q by %q", answer.Paths, emulator(l))
	}
}

// Rule: a loader that neither the machine nor a qemu-user runs is ErrCannotRun,
// and the message names what is missing.
func TestCannotRun(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	target := Target{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_AARCH64}
	interpreter := filepath.Join("/usr", loaders[0])
	if _, err := os.Stat(interpreter); err != nil {
		testenv.Lacks(t, "%v", err)
	}
	_, err := Open(context.Background(), interpreter, target)
	if !errors.Is(err, ErrCannotRun) || !strings.Contains(fmt.Sprint(err), "qemu-aarch64") {
		t.Errorf("%v", err)
	}
	for _, interpreter := range []string{"/nowhere/ld.so", "ld.so", "/with space/ld.so"} {
		if _, err := Open(context.Background(), interpreter, host); !errors.Is(err, ErrCannotRun) {
			t.Errorf("%s: %v", interpreter, err)
		}
	}
}

// Rule: a loader of this machine that runs for nothing at all is ErrCannotRun at
// the first question; one that fails for a library is not.
func TestCannotRunHere(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "ld.so")
	if err := os.WriteFile(broken, []byte("\x7fELF"), 0o755); err != nil {
		t.Fatal(err)
	}
	target := host
	target.Path = "/nowhere/libnone.so"
	for interpreter, cannot := range map[string]bool{broken: true, hostLoader: false} {
		l := open(t, interpreter, host)
		for range 2 {
			if _, err := l.List(context.Background(), target); err == nil || errors.Is(err, ErrCannotRun) != cannot {
				t.Errorf("%s: %v", interpreter, err)
			}
		}
		if _, err := l.List(context.Background(), target, target); errors.Is(err, ErrCannotRun) != cannot {
			t.Errorf("%s: %v", interpreter, err)
		}
	}
}

// Rule: the answer holds every library that is mapped, links resolved, sorted,
// without the object, the interpreter and the probe; $ORIGIN is the folder of
// the path asked about.
func TestAnswerOfALibrary(t *testing.T) {
	dir := t.TempDir()
	b := build(t, "gcc", dir, "libb.so", "int puts(const char *); int b(void) { return puts(\"\"); }")
	build(t, "gcc", dir, "liba.so", "int b(void); int a(void) { return b(); }", "-L.", "-lb", "-Wl,-rpath,$ORIGIN")
	if err := os.Mkdir(filepath.Join(dir, "link"), 0o777); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link", "liba.so")
	if err := os.Symlink("../liba.so", link); err != nil {
		t.Fatal(err)
	}
	l := open(t, hostLoader, host)
	answer := list(t, l, filepath.Join(dir, "liba.so"))
	libc, _ := filepath.EvalSymlinks("/lib/x86_64-linux-gnu/libc.so.6")
	want := []string{b, libc}
	slices.Sort(want)
	if !slices.Equal(answer.Paths, want) {
		t.Errorf("got %q, want %q", answer.Paths, want)
	}
	if left, _ := os.ReadDir(l.dir); len(left) > 0 {
		t.Errorf("probes left: %v", left)
	}
	target := host
	target.Path = link
	var failed *LoaderError
	if _, err := l.List(context.Background(), target); !errors.As(err, &failed) {
		t.Errorf("through a link: %v", err)
	}
}

// Rule: of several libraries the answer holds what any of them needs, and none of
// them; one that lacks something makes it an error, and a program is not one of
// several. Of nothing the answer is nothing.
func TestListOfSeveral(t *testing.T) {
	dir := t.TempDir()
	b := build(t, "gcc", dir, "libb.so", "int puts(const char *); int b(void) { return puts(\"\"); }")
	a := build(t, "gcc", dir, "liba.so", "int b(void); int a(void) { return b(); }", "-L.", "-lb", "-Wl,-rpath,$ORIGIN")
	m := build(t, "gcc", dir, "libm2.so", "double sin(double); double m(double x) { return sin(x); }", "-lm")
	targets := func(paths ...string) []Target {
		var list []Target
		for _, path := range paths {
			target := host
			target.Path = path
			list = append(list, target)
		}
		return list
	}
	l := open(t, hostLoader, host)
	for _, c := range []struct{ ask, want []string }{
		{[]string{a, b}, []string{"libc.so.6"}},
		{[]string{a, m}, []string{"libb.so", "libc.so.6", "libm.so.6"}},
	} {
		answer, err := l.List(context.Background(), targets(c.ask...)...)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, path := range answer.Paths {
			got = append(got, filepath.Base(path))
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.ask, got, c.want)
		}
	}
	if answer, err := l.List(context.Background()); err != nil || answer.Paths == nil || len(answer.Paths) > 0 {
		t.Errorf("nothing: %v %v", answer, err)
	}
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	var failed *LoaderError
	if _, err := l.List(context.Background(), targets(m, a)...); !errors.As(err, &failed) || !strings.Contains(failed.Words, "libb.so") {
		t.Errorf("one lacks a library: %v", err)
	}
	program := targets(m, b)
	program[0].Program = true
	var path *PathError
	if _, err := l.List(context.Background(), program...); !errors.As(err, &path) {
		t.Errorf("a program: %v", err)
	}
	if left, _ := os.ReadDir(l.dir); len(left) > 0 {
		t.Errorf("probes left: %v", left)
	}
}

// Rule: a cycle, and an object that needs itself, do not put the object in its
// own answer.
func TestAnswerHoldsNotTheObject(t *testing.T) {
	dir := t.TempDir()
	build(t, "gcc", dir, "liba.so", "int a(void) { return 0; }")
	b := build(t, "gcc", dir, "libb.so", "int a(void); int b(void) { return a(); }", "-L.", "-la", "-Wl,-rpath,$ORIGIN")
	a := build(t, "gcc", dir, "liba.so", "int b(void); int a(void) { return b(); }", "-L.", "-lb", "-Wl,-rpath,$ORIGIN")
	if got := list(t, open(t, hostLoader, host), a).Paths; !slices.Contains(got, b) || slices.Contains(got, a) {
		t.Errorf("%q", got)
	}
}

// Rule: every kind of failure is an error with the loader's own words.
func TestEveryFailureCounts(t *testing.T) {
	dir := t.TempDir()
	build(t, "gcc", dir, "libgone.so", "int b(void) { return 0; }")
	needy := build(t, "gcc", dir, "needy.so", "int b(void); int a(void) { return b(); }", "-L.", "-lgone")
	if err := os.Remove(filepath.Join(dir, "libgone.so")); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(needy)
	if err != nil {
		t.Fatal(err)
	}
	unaligned := slices.Clone(whole)
	unaligned[64+56+8] = 8 // p_offset of the second PT_LOAD
	files := map[string]struct {
		text []byte
		want string
	}{
		"missing library": {whole, "libgone.so: cannot open shared object file"},
		"no ELF file":     {[]byte("#!/bin/sh\n"), "file too short"},
		"text":            {bytes.Repeat([]byte("text "), 100), "invalid ELF header"},
		"cut short":       {whole[:600], ""},
		"not aligned":     {unaligned, "not page-aligned"},
	}
	l := open(t, hostLoader, host)
	for name, c := range files {
		t.Run(name, func(t *testing.T) {
			target := host
			target.Path = filepath.Join(t.TempDir(), "x.so")
			if err := os.WriteFile(target.Path, c.text, 0o755); err != nil {
				t.Fatal(err)
			}
			_, err := l.List(context.Background(), target)
			var failed *LoaderError
			if !errors.As(err, &failed) || !strings.Contains(failed.Words, c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Rule: a program is asked about by itself where its interpreter is ours. Where
// u-root would read another interpreter than the kernel, or none, ours is run
// all the same, never the program's.
func TestPrograms(t *testing.T) {
	dir := t.TempDir()
	a := build(t, "gcc", dir, "liba.so", "int a(void) { return 0; }")
	program := build(t, "gcc", dir, "program", "int a(void); int main(void) { return a(); }", "-L.", "-la", "-Wl,-rpath,$ORIGIN")
	mark := filepath.Join(dir, "mark")
	evil := filepath.Join(dir, "evil")
	if err := os.WriteFile(evil, []byte("#!/bin/sh\ntouch "+mark+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	hostile := build(t, "gcc", dir, "hostile", "int a(void); int main(void) { return a(); }",
		"-L.", "-la", "-Wl,-rpath,$ORIGIN", "-Wl,-dynamic-linker,"+evil)
	stripped := filepath.Join(dir, "stripped")
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	copy(text[40:], make([]byte, 8)) // e_shoff
	copy(text[58:], make([]byte, 6)) // e_shentsize, e_shnum, e_shstrndx
	if err := os.WriteFile(stripped, text, 0o755); err != nil {
		t.Fatal(err)
	}
	l := open(t, hostLoader, host)
	for _, file := range []string{program, hostile, stripped} {
		target := host
		target.Path, target.Program = file, true
		answer, err := l.List(context.Background(), target)
		if err != nil || !slices.Contains(answer.Paths, a) || len(answer.Paths) != 2 {
			t.Errorf("%s: %v %q", file, err, answer.Paths)
		}
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("the program's own interpreter was run")
	}
}

// Rule: no variable by which ld.so(8) or qemu-user change what they do reaches the
// loader, and so none changes the answer.
func TestEnvironmentIsCleared(t *testing.T) {
	dir := t.TempDir()
	build(t, "gcc", dir, "libpre.so", "int p(void) { return 0; }")
	a := build(t, "gcc", dir, "liba.so", "int puts(const char *); int a(void) { return puts(\"\"); }")
	// In place of a loader stands a script that writes down its environment.
	seen, script := filepath.Join(dir, "seen"), filepath.Join(dir, "ld.so")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexport -p >"+seen+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{
		"LD_LIBRARY_PATH": dir, "LD_PRELOAD": filepath.Join(dir, "libpre.so"), "LD_BIND_NOW": "1",
		"GLIBC_TUNABLES": "glibc.rtld.nns=2", "QEMU_LD_PREFIX": dir, "OTHER": "1",
	}
	for interpreter, paths := range map[string]int{hostLoader: 1, script: 0} {
		for name, value := range variables {
			t.Setenv(name, value)
		}
		if got := list(t, open(t, interpreter, host), a).Paths; len(got) != paths {
			t.Errorf("%s: %q", interpreter, got)
		}
	}
	text, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	for name := range variables {
		if strings.Contains(string(text), name) != (name == "OTHER") {
			t.Errorf("%s in the environment of the loader:\n%s", name, text)
		}
	}
}

// Rule: what u-root cannot carry is refused, not answered wrongly.
func TestPathsThatCannotBeAsked(t *testing.T) {
	l := open(t, hostLoader, host)
	for _, path := range []string{"relative.so", "/with space.so", "/with\ttab.so", "/with\nnewline.so", "/$ORIGIN/x.so", "/no\u00a0break.so", ""} {
		target := host
		target.Path = path
		var refused *PathError
		if _, err := l.List(context.Background(), target); !errors.As(err, &refused) {
			t.Errorf("%q: %v", path, err)
		}
	}
	// A library that is found below such a folder is no better.
	dir := filepath.Join(t.TempDir(), "a folder")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	build(t, "gcc", dir, "libb.so", "int b(void) { return 0; }")
	a := build(t, "gcc", dir, "liba.so", "int b(void); int a(void) { return b(); }", "-L.", "-lb", "-Wl,-rpath,"+dir)
	target := host
	target.Path = filepath.Join(t.TempDir(), "liba.so")
	if err := os.Rename(a, target.Path); err != nil {
		t.Fatal(err)
	}
	var refused *PathError
	if _, err := l.List(context.Background(), target); !errors.As(err, &refused) {
		t.Errorf("a folder with a space: %v", err)
	}
}

// Rule: a loader that does not answer is given up and killed.
func TestHangingLoader(t *testing.T) {
	dir := t.TempDir()
	fifo := build(t, "gcc", dir, "libb.so", "int b(void) { return 0; }")
	a := build(t, "gcc", dir, "liba.so", "int b(void); int a(void) { return b(); }", "-L.", "-lb", "-Wl,-rpath,$ORIGIN")
	if err := os.Remove(fifo); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfifo", fifo).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	l := open(t, hostLoader, host)
	l.limit = 200 * time.Millisecond
	target := host
	target.Path = a
	if _, err := l.List(context.Background(), target); !errors.Is(err, ErrTimeout) {
		t.Errorf("%v", err)
	}
	l.limit = time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err := l.List(ctx, target); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	// Killed is not gone yet: a loader that is left alone would hang this test.
	for exec.Command("pgrep", "-f", l.dir).Run() == nil {
		time.Sleep(10 * time.Millisecond)
	}
}

// Rule: musl's loader goes on to relocate: symbols that Python will bring are
// no failure, a missing library is.
func TestMusl(t *testing.T) {
	const interpreter = "/lib/ld-musl-x86_64.so.1"
	if _, err := os.Stat(interpreter); err != nil {
		testenv.Lacks(t, "%v", err)
	}
	dir := t.TempDir()
	b := build(t, "musl-gcc", dir, "libb.so", "int b(void) { return 0; }")
	a := build(t, "musl-gcc", dir, "liba.so", "int b(void); int PyInit(void); int a(void) { return b() + PyInit(); }", "-L.", "-lb", "-Wl,-rpath,$ORIGIN")
	program := build(t, "musl-gcc", dir, "program", "int b(void); int main(void) { return b(); }", "-L.", "-lb", "-Wl,-rpath,$ORIGIN")
	l := open(t, interpreter, host)
	if got := list(t, l, a).Paths; !slices.Equal(got, []string{b}) {
		t.Errorf("%q", got)
	}
	target := host
	target.Path, target.Program = program, true
	if answer, err := l.List(context.Background(), target); err != nil || !slices.Equal(answer.Paths, []string{b}) {
		t.Errorf("%v %q", err, answer.Paths)
	}
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	target.Path, target.Program = a, false
	var failed *LoaderError
	_, err := l.List(context.Background(), target)
	if !errors.As(err, &failed) || !strings.Contains(failed.Words, "Error loading shared library libb.so") {
		t.Errorf("%v", err)
	}
}

func open(t *testing.T, interpreter string, like Target) *Loader {
	t.Helper()
	if _, err := os.Stat(interpreter); err != nil {
		testenv.Lacks(t, "%v", err)
	}
	l, err := Open(context.Background(), interpreter, like)
	if errors.Is(err, ErrCannotRun) {
		testenv.Lacks(t, "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func list(t *testing.T, l *Loader, path string) Answer {
	t.Helper()
	target := host
	target.Path = path
	answer, err := l.List(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// build compiles one object in dir; a program where its source has a main.
func build(t *testing.T, compiler, dir, name, source string, flags ...string) string {
	t.Helper()
	args := []string{"-x", "c", "-", "-o", name}
	if !strings.Contains(source, "main") {
		args = append(args, "-shared", "-fPIC")
	}
	cmd := exec.Command(testenv.Tool(t, compiler), append(append(args, "-x", "none"), flags...)...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return filepath.Join(dir, name)
}

// emulator names the program that runs the loader, or is empty.
func emulator(l *Loader) string {
	if len(l.via) == 0 {
		return ""
	}
	return filepath.Base(l.via[0])
}
