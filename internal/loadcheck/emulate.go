package loadcheck

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// chooseRunner finds out what runs the loader, the kernel or qemu-user, by asking
// it about nothing. u-root runs whatever PT_INTERP names, so the PT_INTERP of a
// probe may be a script that starts the loader some other way.
func (l *Loader) chooseRunner(ctx context.Context, like Target) error {
	l.run = l.interpreter
	like.Path, like.Program = l.dir, false
	machine, _ := arch.Of(like.kind())
	if machine == arch.Host() && !l.musl {
		// Trying costs as much as one question, so that is left until one fails.
		l.untried = sync.OnceValue(func() error { return l.tryNative(like) })
		return nil
	}
	first := l.try(ctx, like)
	if first == nil {
		return l.wrapMusl()
	}
	if machine.Qemu == "" {
		return fmt.Errorf("%w: %w", ErrCannotRun, first)
	}
	name := "qemu-" + machine.Qemu
	qemu := find(name+"-static", name)
	if qemu == "" {
		return fmt.Errorf("%w: %w; and there is no %s in PATH", ErrCannotRun, first, name)
	}
	l.via = []string{qemu}
	if l.prefix = sysroot(l.interpreter); l.prefix != "" {
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

// tryNative asks about nothing after the loader failed for something.
func (l *Loader) tryNative(like Target) error {
	if err := l.try(context.Background(), like); err != nil {
		return fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	return nil
}

// try asks the loader about a probe that needs nothing.
func (l *Loader) try(ctx context.Context, like Target) error {
	name := filepath.Join(l.dir, "probe-0")
	if err := os.WriteFile(name, probe(like, l.run, SearchPath{}), 0o700); err != nil {
		return err
	}
	defer os.Remove(name)
	_, err := l.ask(ctx, name, l.interpreter)
	return err
}

// wrapMusl puts a script before musl's loader. The loader goes on to relocate what
// it lists, so that an extension module fails for each symbol of Python's, with
// the status of a missing library. Only its other errors count.
func (l *Loader) wrapMusl() error {
	if !l.musl {
		return nil
	}
	l.run = filepath.Join(l.dir, "loader")
	return l.wrap(l.run, "")
}

// wrap writes a script that starts the loader as u-root would, about file, or
// about what u-root names where file is empty.
func (l *Loader) wrap(name, file string) error {
	var command []string
	for _, word := range append(slices.Clone(l.via), l.interpreter) {
		command = append(command, words.Shell(word))
	}
	call := strings.Join(command, " ")
	if file == "" {
		call += ` "$@"`
	} else {
		call += " --list " + words.Shell(file)
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

// find returns the first of the programs that PATH has.
func find(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil && filepath.IsAbs(path) {
			return path
		}
	}
	return ""
}

// sysroot returns the directory in which qemu-user looks for the absolute paths of
// an emulated loader: the one that holds the lib directory of the loader.
func sysroot(interpreter string) string {
	root := filepath.Dir(filepath.Dir(interpreter))
	if root == "/" || !strings.HasPrefix(filepath.Base(filepath.Dir(interpreter)), "lib") {
		return ""
	}
	return root
}
