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

// Find gives the program at path, or the patchelf of PATH where path is empty.
// The error is a *MissingError where there is none and a *RunError where it
// does not answer as patchelf does.
func Find(path string) (*Program, error) {
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
	args := []string{found, "--version"}
	output, err := run(context.Background(), 30*time.Second, args)
	if err != nil {
		return nil, err
	}
	version := versionLine.FindStringSubmatch(output)
	if version == nil {
		return nil, &RunError{Args: args, Output: output, Err: errors.New("this is no patchelf")}
	}
	return &Program{Path: found, Version: version[1]}, nil
}
