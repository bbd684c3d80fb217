package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// readObject returns the ELF object that a file holds, and the problem of one that
// cannot be read or loaded; all results are nil where the file is no ELF object.
func readObject(r *Root, f Entry, names bool) (*file, *problem.Problem, error) {
	rel, err := filepath.Rel(r.Abs, f.Path)
	if err != nil {
		return nil, nil, err
	}
	if magic, err := StartOf(f.Path, 4); err != nil || !elfobj.IsELF(magic) {
		return nil, nil, err
	}
	in, err := os.Open(f.Path)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, nil, err
	}
	e, err := elfobj.Read(in, info.Size())
	var format *elfobj.FormatError
	switch {
	case errors.As(err, &format):
		return nil, Unreadable(rel, info.Mode(), format), nil
	case err != nil:
		return nil, nil, err
	}
	if names && e.Dynamic {
		if e.Names, err = e.ReadNames(in); err != nil {
			return nil, nil, err
		}
	}
	o := Object{Root: r, Path: rel, File: f.Path, Mode: info.Mode(), Size: info.Size(), ELF: e}
	return &file{o, info}, notDynamic(rel, e), nil
}

const damagedHint = "fetch the wheel again; if the file is meant to be like that, delete it in postInstall"

// Unreadable returns the problem of an object that cannot be read as the loader
// would read it. It is a warning where nothing would load the file, as with test
// data: it has no ".so" in its name and is not executable.
func Unreadable(path string, mode fs.FileMode, err error) *problem.Problem {
	p := problem.Problem{
		Code:     problem.ObjectDamaged,
		Path:     path,
		Message:  err.Error(),
		Hint:     damagedHint,
		Severity: problem.Error,
	}
	if !strings.Contains(filepath.Base(path), ".so") && mode&0o111 == 0 {
		p.Severity = problem.Warning
	}
	return &p
}

// libraryName is what linkers and Python call a library, with or without its version.
var libraryName = regexp.MustCompile(`\.so(\.[0-9]+)*$`)

// notDynamic returns the problem of an object that has the name of a library and that
// no loader takes as one, nil of any other. Python would import an extension module, so
// that is an error, unless it is the debugging symbols of one; of what another object
// needs, or a program opens, this is only half the story.
func notDynamic(path string, e *elfobj.Object) *problem.Problem {
	reason := e.NotDynamic()
	if reason == "" || !libraryName.MatchString(filepath.Base(path)) {
		return nil
	}
	p := problem.Problem{
		Code:     problem.ObjectDamaged,
		Path:     path,
		Message:  "it has the name of a library, and no loader takes it: " + reason,
		Hint:     damagedHint,
		Severity: problem.Warning,
	}
	if pyname.IsExtensionModule(path) && !e.DebugOnly {
		p.Severity = problem.Error
	}
	return &p
}

// addDigests sets the digests of the objects that share their file name with another.
func addDigests(objects []Object) error {
	byName := make(map[string][]int)
	for i, o := range objects {
		name := filepath.Base(o.File)
		byName[name] = append(byName[name], i)
	}
	for _, indices := range byName {
		for _, i := range indices {
			if len(indices) == 1 || objects[i].Digest != "" {
				continue
			}
			var err error
			if objects[i].Digest, err = wheel.SumFile(objects[i].File); err != nil {
				return err
			}
		}
	}
	return nil
}
