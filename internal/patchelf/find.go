package patchelf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
)

// defaultName is looked for in PATH if no program is given.
const defaultName = "patchelf"

// A MissingError says that there is no patchelf to call.
type MissingError struct {
	Name string // what was looked for
	Err  error
}

func (e *MissingError) Error() string {
	if e.Name != defaultName {
		return fmt.Sprintf("--patchelf %s: %v", Quote([]string{e.Name}), withoutPath(e.Err))
	}
	return "no patchelf in PATH: add patchelf to nativeBuildInputs, install it " +
		"(nix-shell -p patchelf, apt install patchelf) or name it with --patchelf"
}

func (e *MissingError) Unwrap() error { return e.Err }

// withoutPath returns the reason of an error of package exec or os without the
// path that both repeat.
func withoutPath(err error) error {
	if found := (*exec.Error)(nil); errors.As(err, &found) {
		err = found.Err
	}
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return err
}

var versionLine = lazyregexp.New(`^patchelf (\d+\.\d+[^\s]*)\s*$`)

// Locate returns the program at path, or the patchelf of PATH if path is empty.
// It does not run it, so Version is empty. The error is a *MissingError.
func Locate(path string) (*Program, error) {
	name := path
	if name == "" {
		name = defaultName
	}
	found, err := exec.LookPath(name)
	if err != nil {
		return nil, &MissingError{Name: name, Err: err}
	}
	// The working directory may be another one when it is called.
	if found, err = filepath.Abs(found); err != nil {
		return nil, &MissingError{Name: name, Err: err}
	}
	return &Program{Path: found}, nil
}

// ReadVersion runs the program to fill in its version, unless it is known. The
// error is the context's own, or a *RunError if the program does not answer as
// patchelf does; of a long answer it has the first line.
func (p *Program) ReadVersion(ctx context.Context) error {
	if p.Version != "" {
		return nil
	}
	args := []string{p.Path, "--version"}
	output, err := run(ctx, time.Minute, args)
	if err != nil {
		return err
	}
	version := versionLine.FindStringSubmatch(output)
	if version == nil {
		line, _, _ := strings.Cut(output, "\n")
		return &RunError{Args: args, Output: line, Err: errors.New("this is no patchelf")}
	}
	p.Version = version[1]
	return nil
}
