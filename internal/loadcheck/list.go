package loadcheck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

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
	if err := os.WriteFile(file, probe(targets[0], l.run, SearchPath{}, paths...), 0o700); err != nil {
		return Answer{}, err
	}
	defer os.Remove(file)
	return l.put(ctx, file, paths...)
}

// ListNames returns what the loader maps for a program of the machine of like that has this
// search path and needs libraries by these names: what dlopen(3) maps in an object of that
// path. The errors are those of List; for a *PathError it is a directory of the path or a
// name.
func (l *Loader) ListNames(ctx context.Context, like Target, search SearchPath, names ...string) (Answer, error) {
	for _, dir := range search.Dirs {
		if !askable(dir) || strings.Contains(dir, ":") {
			return Answer{}, &PathError{Path: dir}
		}
	}
	for _, name := range names {
		if !askable("/"+name) || strings.Contains(name, "/") {
			return Answer{}, &PathError{Path: name}
		}
	}
	file := l.probeName()
	if err := os.WriteFile(file, probe(like, l.run, search, names...), 0o700); err != nil {
		return Answer{}, err
	}
	defer os.Remove(file)
	return l.put(ctx, file)
}

// put asks about a file that stands for those at paths, if any. Where the loader fails and
// it is not known to run at all, it is asked about nothing: if that fails too, it
// cannot be run.
func (l *Loader) put(ctx context.Context, file string, paths ...string) (Answer, error) {
	shown := file
	if len(paths) > 0 {
		shown = paths[0]
	}
	lines, err := l.ask(ctx, file, shown)
	if err == nil {
		return l.answer(lines, shown, paths...)
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
	return name, os.WriteFile(name, probe(target, interpreter, SearchPath{}), 0o700)
}

// answer makes an Answer of u-root's lines about the files at paths. An error names shown.
func (l *Loader) answer(lines []string, shown string, paths ...string) (Answer, error) {
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
			return Answer{}, &LoaderError{Path: shown, Words: fmt.Sprintf("a library is not found (%q in place of a path)", line)}
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
