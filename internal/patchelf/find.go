package patchelf

// This file finds the program and reads its version, once.

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// A MissingError says that there is no patchelf to call.
type MissingError struct {
	Name string // what was looked for
	Err  error
}

func (e *MissingError) Error() string {
	if strings.Contains(e.Name, "/") {
		return fmt.Sprintf("patchelf: no program at %q: %v", e.Name, e.Err)
	}
	return "patchelf: not found in PATH: add patchelf to nativeBuildInputs, install it " +
		"(nix-shell -p patchelf, apt install patchelf) or name it with --patchelf"
}

func (e *MissingError) Unwrap() error { return e.Err }

var versionLine = regexp.MustCompile(`^patchelf (\d+\.\d+[^\s]*)\s*$`)

// Locate gives the program at path, or the patchelf of PATH where path is empty.
// It is not called: its Version is not known. The error is a *MissingError.
func Locate(path string) (*Program, error) {
	name := path
	if name == "" {
		name = "patchelf"
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

// ReadVersion fills in the version, where it is not known. The error is a
// *RunError where the program does not answer as patchelf does, or the context's
// own.
func (p *Program) ReadVersion(ctx context.Context) error {
	if p.Version != "" {
		return nil
	}
	args := []string{p.Path, "--version"}
	output, err := run(ctx, 30*time.Second, args)
	if err != nil {
		return err
	}
	version := versionLine.FindStringSubmatch(output)
	if version == nil {
		return &RunError{Args: args, Output: output, Err: errors.New("this is no patchelf")}
	}
	p.Version = version[1]
	return nil
}
