package tree

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// readObject returns the ELF object that a file holds, and the problem of one that
// cannot be read or loaded; all results are nil where the file is no ELF object.
func readObject(r *Root, f Entry, names bool) (*file, *problem.Problem, error) {
	rel, err := filepath.Rel(r.Abs, f.Path)
	if err != nil {
		return nil, nil, err
	}
	if magic, err := StartOf(f.Path, 4); err != nil || !elfimage.IsELF(magic) {
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
	var format *elfimage.FormatError
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

// namesIn returns what the object at a path may open by name (see elfobj.Object.Names).
func namesIn(path string) []string {
	in, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil
	}
	e, err := elfobj.Read(in, info.Size())
	if err != nil || !e.Dynamic {
		return nil
	}
	names, _ := e.ReadNames(in)
	return names
}

// What is said of a damaged object: where there is no derivation, and where there is one.
const (
	damagedByHand = "fetch the wheel again; if the file is meant to be like that, delete it"
	damagedHint   = damagedByHand + " in postInstall"
)

// Unreadable returns the problem of an object that cannot be read as the loader
// would read it. It is a warning where nothing would load the file, as with test
// data: it has no ".so" in its name and is not executable.
func Unreadable(path string, mode fs.FileMode, err error) *problem.Problem {
	p := problem.Problem{
		Code:     problem.ObjectDamaged,
		Path:     path,
		Message:  err.Error(),
		Hint:     damagedHint,
		ByHand:   damagedByHand,
		Severity: problem.Error,
	}
	if !strings.Contains(filepath.Base(path), ".so") && mode&0o111 == 0 {
		p.Severity = problem.Warning
	}
	return &p
}

// libraryName is what linkers and Python call a library, with or without its version.
var libraryName = lazyregexp.New(`\.so(\.[0-9]+)*$`)

// DamagedNames returns the names of the files that are damaged objects, by problems.
func DamagedNames(problems []problem.Problem) map[string]bool {
	names := map[string]bool{}
	for _, p := range problems {
		if p.Code == problem.ObjectDamaged {
			names[filepath.Base(p.Path)] = true
		}
	}
	return names
}

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
		ByHand:   damagedByHand,
		Severity: problem.Warning,
	}
	if pyname.IsExtensionModule(path) && !e.DebugOnly {
		p.Severity = problem.Error
	}
	return &p
}

// addDigests reads the objects that share their file name with another as a whole.
func addDigests(ctx context.Context, objects []Object, o Options) error {
	byName := make(map[string][]*Object)
	for i := range objects {
		name := filepath.Base(objects[i].File)
		byName[name] = append(byName[name], &objects[i])
	}
	var shared []*Object
	for _, same := range byName {
		for _, object := range same {
			if len(same) > 1 && object.Sum.SHA256 == "" {
				shared = append(shared, object)
			}
		}
	}
	o.Names, o.Later = false, nil // the names are known
	return readWhole(ctx, shared, nil, o)
}
