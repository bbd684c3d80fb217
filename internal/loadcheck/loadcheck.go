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
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	return fmt.Sprintf("%q cannot be asked about: white space, '$' or a relative path", e.Path)
}

// A LoaderError has the words of a loader that could not map everything.
type LoaderError struct {
	Path  string
	Words string
}

func (e *LoaderError) Error() string { return fmt.Sprintf("%q: %s", e.Path, e.Words) }

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
