package loadcheck

// This file finds out how the loader can be run: by the kernel, or by
// qemu-user. u-root runs whatever PT_INTERP names, so a probe's PT_INTERP can
// be a script that starts the loader some other way.

import (
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// settle tries the ways to run the loader on a probe that needs nothing.
func (l *Loader) settle(ctx context.Context, like Target) error {
	l.run = l.Interpreter
	// The kernel says ENOEXEC for another machine's loader. Whatever else goes
	// wrong is no matter of the machine and is told for each object.
	like.Path, like.Program = l.dir, false
	if isNative(like) && !l.musl {
		l.untried = sync.OnceValue(func() error { return l.tryNative(like) })
		return nil
	}
	first := l.try(ctx, like)
	if first == nil {
		return l.wrapMusl()
	}
	name := qemuName(like)
	if name == "" {
		return fmt.Errorf("%w: %w", ErrCannotRun, first)
	}
	qemu := find("qemu-"+name+"-static", "qemu-"+name)
	if qemu == "" {
		return fmt.Errorf("%w: %w; and there is no qemu-%s in PATH", ErrCannotRun, first, name)
	}
	l.via = []string{qemu}
	if l.prefix = sysroot(l.Interpreter); l.prefix != "" {
		l.via = append(l.via, "-L", l.prefix)
	}
	l.run = filepath.Join(l.dir, "loader")
	if err := l.wrap(l.run, ""); err != nil {
		return err
	}
	if err := l.try(ctx, like); err != nil {
		return fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	return nil
}

// isNative tells whether the machine is the one that this program runs on.
func isNative(t Target) bool {
	machine := map[string]elf.Machine{
		"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "riscv64": elf.EM_RISCV, "ppc64le": elf.EM_PPC64, "s390x": elf.EM_S390,
	}[runtime.GOARCH]
	return t.Machine == machine && t.Class == elf.ELFCLASS64
}

// tryNative asks a loader about nothing after it failed for something.
func (l *Loader) tryNative(like Target) error {
	if err := l.try(context.Background(), like); err != nil {
		return fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	return nil
}

// try asks about nothing.
func (l *Loader) try(ctx context.Context, like Target) error {
	name := filepath.Join(l.dir, "probe-0")
	if err := os.WriteFile(name, probe(like, l.run), 0o700); err != nil {
		return err
	}
	defer os.Remove(name)
	_, err := l.ask(ctx, name, l.Interpreter)
	return err
}

// wrapMusl puts a script before musl's loader. It goes on to relocate what it
// lists, so that an extension module fails for each symbol of Python's, with
// the status of a missing library: only the other errors count.
func (l *Loader) wrapMusl() error {
	if !l.musl {
		return nil
	}
	l.run = filepath.Join(l.dir, "loader")
	return l.wrap(l.run, "")
}

// wrap writes a script that starts the loader as u-root would, about the object
// file, or about what u-root names where that is empty.
func (l *Loader) wrap(name, file string) error {
	words := append(append([]string{}, l.via...), l.Interpreter)
	for i, word := range words {
		words[i] = shellQuote(word)
	}
	call := strings.Join(words, " ") + ` "$@"`
	if file != "" {
		call = strings.Join(words, " ") + " --list " + shellQuote(file)
	}
	script := "#!/bin/sh\nexec " + call + "\n"
	if l.musl {
		script = "#!/bin/sh\n" + fmt.Sprintf(muslScript, call)
	}
	return os.WriteFile(name, []byte(script), 0o700)
}

// muslScript passes stdout on, and of stderr what is not about symbols. It uses
// nothing but the shell: the sandbox of a build has no other program at a known
// place.
const muslScript = `exec 3>&1
said=$(%s 2>&1 >&3 3>&-)
status=$?
[ -z "$said" ] && exit $status
other=
while IFS= read -r line; do
  case $line in
  'Error relocating '*': symbol not found') ;;
  *) other=1; printf '%%s\n' "$line" >&2 ;;
  esac
done <<END
$said
END
[ -z "$other" ] && [ $status = 127 ] && exit 0
exit $status
`

// find gives the first of the programs that PATH has.
func find(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil && filepath.IsAbs(path) {
			return path
		}
	}
	return ""
}

// sysroot is where the emulated loader's absolute paths begin: what is left of
// the path that its own programs name.
func sysroot(interpreter string) string {
	root := filepath.Dir(filepath.Dir(interpreter))
	if root == "/" || !strings.HasPrefix(filepath.Base(filepath.Dir(interpreter)), "lib") {
		return ""
	}
	return root
}

// qemuName is qemu's word for a machine.
func qemuName(t Target) string {
	switch t.Machine {
	case elf.EM_X86_64:
		return "x86_64"
	case elf.EM_386:
		return "i386"
	case elf.EM_AARCH64:
		return "aarch64"
	case elf.EM_ARM:
		return "arm"
	case elf.EM_RISCV:
		return "riscv64"
	case elf.EM_PPC64:
		return "ppc64le"
	case elf.EM_S390:
		return "s390x"
	}
	return ""
}

// shellQuote makes one word of the shell.
func shellQuote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
