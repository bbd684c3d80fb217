package tree

// This file reads one object of a tree, and says what becomes of one that cannot
// be read.

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

// readObject reads one file if it is an ELF object, else gives nothing.
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

// unreadableObject says that an object cannot be read as the loader would. A
// file that nothing would load, such as test data, is only worth a warning.
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

// addDigests fills in the digest of objects that share their file name.
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
