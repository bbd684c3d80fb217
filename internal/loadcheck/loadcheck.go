// Package loadcheck asks the dynamic loader itself which files it maps for an
// object, through u-root's pkg/ldd.
//
// That package runs "<PT_INTERP> --list <file>" (ld.so(8)) and finds PT_INTERP by
// the section named .interp. A library has none, so a tiny executable, the probe,
// is made for it: its PT_INTERP is the loader, and its DT_NEEDEDs are the absolute
// paths of the libraries (gABI chapter 5). A program cannot be a DT_NEEDED. It is
// passed to u-root itself, but only where its PT_INTERP is that very loader:
// nothing that came with a wheel is ever run.
//
// The loader prints a library whose DT_NEEDED has a slash without "=>", and u-root
// leaves it out of its answer: the caller must allow for that. Symbol versions are
// left out too; see ldso.CheckVersions.
//
// The check that follows an edit calls it.
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

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
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

func (t Target) kind() arch.Kind {
	return arch.Kind{Class: t.Class, Data: t.Data, Machine: t.Machine, Flags: t.Flags}
}

// ErrCannotRun is in the error of a loader that this machine cannot run.
var ErrCannotRun = errors.New("the loader cannot be run on this machine")

// ErrTimeout is in the error of a loader that did not answer in time.
var ErrTimeout = errors.New("the loader did not answer in time")

// A PathError is the error of a path that cannot be asked about through u-root,
// which splits the output of the loader at spaces.
type PathError struct{ Path string }

func (e *PathError) Error() string {
	return fmt.Sprintf("loadcheck: %q cannot be asked about: white space, '$' or a relative path", e.Path)
}

// A LoaderError has the words of a loader that could not map everything.
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
	interpreter string        // as it is named
	limit       time.Duration // for one answer
	untried     func() error  // finds out once whether the loader runs at all; nil where that is known

	real   string // interpreter with links resolved
	dir    string // of probes and wrappers
	run    string // what stands in PT_INTERP: interpreter, or a wrapper
	via    []string
	prefix string // where the emulator looks first
	musl   bool
	count  atomic.Int64
}

// Open makes ready to ask the loader at the absolute path interpreter about
// objects of the machine of like. The error wraps ErrCannotRun where neither the
// machine nor a qemu-user in PATH runs the loader; for this machine's own loaders
// List finds that out.
//
// Open unsets, for the whole process, the environment variables by which ld.so(8)
// and qemu-user change what they do: u-root passes the environment on and has no
// way to give another.
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
		interpreter: interpreter, limit: time.Minute, real: real, dir: dir,
		musl: strings.HasPrefix(filepath.Base(interpreter), "ld-musl-"),
	}
	if err := l.chooseRunner(ctx, like); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Close removes the probes.
func (l *Loader) Close() error { return os.RemoveAll(l.dir) }

// clearEnvironment unsets the variables that Open says.
func clearEnvironment() {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "LD_") || strings.HasPrefix(name, "QEMU_") || name == "GLIBC_TUNABLES" {
			os.Unsetenv(name)
		}
	}
}

// List returns what the loader maps for one program, or for libraries of one
// machine that one program needs in this order. The error is a *PathError where
// the loader cannot be asked, a *LoaderError with its own words where it fails in
// any way, or wraps ErrCannotRun, ErrTimeout or the context's own. It does not say
// which of several libraries it is about.
func (l *Loader) List(ctx context.Context, targets ...Target) (Answer, error) {
	switch {
	case len(targets) == 0:
		return Answer{Paths: []string{}}, nil
	case len(targets) == 1 && targets[0].Program:
		return l.listProgram(ctx, targets[0])
	}
	return l.listLibraries(ctx, targets)
}

// ListTogether is List.
func (l *Loader) ListTogether(ctx context.Context, targets []Target) (Answer, error) {
	return l.List(ctx, targets...)
}

func (l *Loader) listProgram(ctx context.Context, target Target) (Answer, error) {
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

func (l *Loader) listLibraries(ctx context.Context, targets []Target) (Answer, error) {
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

// put asks about a file that stands for those at paths. Where the loader fails and
// it is not known to run at all, it is asked about nothing: if that fails too, it
// cannot be run.
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

// askable reports whether a path survives DT_NEEDED, where ld.so(8) replaces
// $ORIGIN and the like, and u-root's split at spaces.
func askable(path string) bool {
	return filepath.IsAbs(path) && !strings.ContainsAny(path, " \t\n\v\f\r$\x00\u0085\u00a0")
}

// program returns the file to pass to u-root for a program, made if need be.
func (l *Loader) program(target Target) (string, error) {
	// u-root goes by a section, the kernel by a segment: it must be sure that
	// what is run is the loader.
	if interp, err := interpreterOf(target.Path); err == nil && interp == l.interpreter && l.run == l.interpreter {
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
