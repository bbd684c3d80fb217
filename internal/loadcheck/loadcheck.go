// Package loadcheck asks the dynamic loader itself which files it opens for an
// object, through u-root's pkg/ldd.
//
// That package runs "<PT_INTERP> --list <file>" and finds PT_INTERP by the
// section named .interp. A library has none, so a tiny executable is made for
// it: its PT_INTERP is the loader to ask, its only DT_NEEDED the library's
// absolute path (gABI chapter 5), or one for each of several libraries. A program
// cannot be a DT_NEEDED and is passed by itself, but only when its PT_INTERP is
// that very loader: nothing that came with a wheel is ever run.
//
// What the loader maps for a DT_NEEDED with a slash it prints without "=>", and
// u-root leaves it out; the caller must not wonder.
package loadcheck

import (
	"cmp"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// A Target is an object to ask about.
type Target struct {
	Path    string // absolute: $ORIGIN is its folder
	Class   elf.Class
	Data    elf.Data
	Machine elf.Machine
	Flags   uint32 // e_flags
	Program bool   // it has a PT_INTERP
}

// ErrCannotRun is in the error of a loader that this machine cannot run.
var ErrCannotRun = errors.New("the loader cannot be run on this machine")

// ErrTimeout is in the error of a loader that did not answer in time.
var ErrTimeout = errors.New("the loader did not answer in time")

// A PathError says that a path cannot be put to the loader through u-root,
// which splits its output at spaces.
type PathError struct{ Path string }

func (e *PathError) Error() string {
	return fmt.Sprintf("loadcheck: %q cannot be asked about: white space, '$' or a relative path", e.Path)
}

// A LoaderError holds the words of a loader that could not map everything.
type LoaderError struct {
	Path  string
	Words string
}

func (e *LoaderError) Error() string { return fmt.Sprintf("loadcheck: %q: %s", e.Path, e.Words) }

// An Answer is what the loader maps for an object.
type Answer struct {
	// Paths are absolute, with links resolved, sorted, each once; neither what was
	// asked about nor the interpreter is among them.
	Paths []string
}

// A Loader is one dynamic loader that can be asked. It may be used by several
// goroutines.
type Loader struct {
	Interpreter string
	Limit       time.Duration // for one answer

	untried func() error // whether the loader runs at all, found out once; nil where that is known

	real   string // Interpreter with links resolved
	dir    string // of probes and wrappers
	run    string // what stands in PT_INTERP: Interpreter, or a wrapper
	via    []string
	prefix string // where the emulator looks first
	musl   bool
	count  atomic.Int64
}

// Open makes ready to ask the loader at the absolute path interpreter about
// objects like target. It takes the variables by which an environment changes
// what the loader does out of this process's environment, because u-root passes
// that on. The error wraps ErrCannotRun where neither the machine nor a
// qemu-user in PATH runs it; for this machine's own loaders List finds that out.
func Open(ctx context.Context, interpreter string, like Target) (*Loader, error) {
	if !askable(interpreter) {
		return nil, fmt.Errorf("%w: %w", ErrCannotRun, &PathError{Path: interpreter})
	}
	real, err := filepath.EvalSymlinks(interpreter)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	clearEnvironment()
	dir, err := os.MkdirTemp("", "wheel-auto-patch-probe-")
	if err != nil {
		return nil, err
	}
	l := &Loader{
		Interpreter: interpreter, Limit: time.Minute, real: real, dir: dir,
		musl: strings.HasPrefix(filepath.Base(interpreter), "ld-musl-"),
	}
	if err := l.settle(ctx, like); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Close removes the probes.
func (l *Loader) Close() error { return os.RemoveAll(l.dir) }

// clearEnvironment unsets what ld.so(8) and qemu-user take from it.
func clearEnvironment() {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "LD_") || strings.HasPrefix(name, "QEMU_") || name == "GLIBC_TUNABLES" {
			os.Unsetenv(name)
		}
	}
}

// List gives what the loader maps for the target. The error is a *PathError
// where it cannot be asked, a *LoaderError with the loader's own words where it
// fails in any way, or wraps ErrCannotRun, ErrTimeout or the context's own.
func (l *Loader) List(ctx context.Context, target Target) (Answer, error) {
	if !target.Program {
		return l.ListTogether(ctx, []Target{target})
	}
	if !askable(target.Path) {
		return Answer{}, &PathError{Path: target.Path}
	}
	file, err := l.program(target)
	if err != nil {
		return Answer{}, err
	}
	if file != target.Path {
		defer os.Remove(file)
	}
	return l.put(ctx, file, target.Path)
}

// ListTogether gives what the loader maps for libraries of one machine that are
// needed by one program, in their order. Errors are those of List; they do not
// say which library they are about.
func (l *Loader) ListTogether(ctx context.Context, targets []Target) (Answer, error) {
	if len(targets) == 0 {
		return Answer{Paths: []string{}}, nil
	}
	paths := make([]string, len(targets))
	for i, target := range targets {
		if paths[i] = target.Path; target.Program || !askable(target.Path) {
			return Answer{}, &PathError{Path: target.Path}
		}
	}
	file := l.probeName()
	if err := os.WriteFile(file, probe(targets[0], l.run, paths...), 0o700); err != nil {
		return Answer{}, err
	}
	defer os.Remove(file)
	return l.put(ctx, file, paths...)
}

// put asks about the file that stands for those at paths. A failure is the
// loader's own, unless it fails for nothing at all too.
func (l *Loader) put(ctx context.Context, file string, paths ...string) (Answer, error) {
	lines, err := l.ask(ctx, file, paths[0])
	if err == nil {
		return l.answer(lines, paths...)
	}
	if own := (*LoaderError)(nil); errors.As(err, &own) && l.untried != nil {
		err = cmp.Or(l.untried(), err)
	}
	return Answer{}, err
}

func (l *Loader) probeName() string {
	return filepath.Join(l.dir, fmt.Sprintf("probe-%d", l.count.Add(1)))
}

// askable tells whether a path survives DT_NEEDED, where ld.so(8) replaces
// $ORIGIN and the like, and u-root's split at spaces.
func askable(path string) bool {
	return filepath.IsAbs(path) && !strings.ContainsAny(path, " \t\n\v\f\r$\x00\u0085\u00a0")
}

// program gives the file to pass to u-root for a program, made if need be.
func (l *Loader) program(target Target) (string, error) {
	// u-root goes by a section, the kernel by a segment: it must be sure that
	// what is run is the loader.
	if interp, err := interpreterOf(target.Path); err == nil && interp == l.Interpreter && l.run == l.Interpreter {
		return target.Path, nil
	}
	name := l.probeName()
	interpreter := name + "-loader"
	if err := l.wrap(interpreter, target.Path); err != nil {
		return "", err
	}
	return name, os.WriteFile(name, probe(target, interpreter), 0o700)
}

// answer makes an Answer of u-root's lines about the files at paths.
func (l *Loader) answer(lines []string, paths ...string) (Answer, error) {
	asked := make(map[string]bool, len(paths))
	for _, path := range paths {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return Answer{}, err
		}
		asked[real] = true
	}
	a := Answer{Paths: []string{}}
	for _, line := range lines {
		if !filepath.IsAbs(line) {
			// "libz.so.1 => not found", of which u-root keeps the third word.
			return Answer{}, &LoaderError{Path: paths[0], Words: fmt.Sprintf("a library is not found (%q in place of a path)", line)}
		}
		if l.prefix != "" {
			if _, err := os.Stat(l.prefix + line); err == nil {
				line = l.prefix + line
			}
		}
		real, err := filepath.EvalSymlinks(line)
		if err != nil || !isFile(real) {
			// The loader has just mapped it: what we see is the part before a space.
			return Answer{}, &PathError{Path: line + " …"}
		}
		if real != l.real && !asked[real] && filepath.Dir(real) != l.dir {
			a.Paths = append(a.Paths, real)
		}
	}
	slices.Sort(a.Paths)
	a.Paths = slices.Compact(a.Paths)
	return a, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
