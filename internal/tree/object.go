package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// readObject returns the ELF object that a file holds, or the problem of one that
// cannot be read; all results are nil where the file is no ELF object.
func readObject(r *Root, f Entry) (*Object, *problem.Problem, error) {
	rel, err := filepath.Rel(r.Abs, f.Path)
	if err != nil {
		return nil, nil, err
	}
	if magic, err := StartOf(f.Path, 4); err != nil || !elfobj.IsELF(magic) {
		return nil, nil, err
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	e, err := elfobj.Read(file, f.Info.Size())
	var format *elfobj.FormatError
	switch {
	case errors.As(err, &format):
		return nil, Unreadable(rel, f.Info.Mode(), format), nil
	case err != nil:
		return nil, nil, err
	}
	return &Object{Root: r, Path: rel, File: f.Path, Mode: f.Info.Mode(), Size: f.Info.Size(), ELF: e}, nil, nil
}

// Unreadable returns the problem of an object that cannot be read as the loader
// would read it. It is a warning where nothing would load the file, as with test
// data: it has no ".so" in its name and is not executable.
func Unreadable(path string, mode fs.FileMode, err error) *problem.Problem {
	p := problem.Problem{
		Code:     problem.ObjectDamaged,
		Path:     path,
		Message:  err.Error(),
		Hint:     "fetch the wheel again; if the file is meant to be like that, delete it in postInstall",
		Severity: problem.Error,
	}
	if !strings.Contains(filepath.Base(path), ".so") && mode&0o111 == 0 {
		p.Severity = problem.Warning
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
