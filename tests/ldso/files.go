package ldso

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// Files is the file system of a case. It resolves links as the kernel does,
// before ".." is looked at.
func (c *Case) Files() ldso.Files {
	f := files{}
	for _, e := range c.Entries {
		f[e.Path] = e
		for dir := path.Dir(e.Path); dir != "/"; dir = path.Dir(dir) {
			if _, ok := f[dir]; !ok {
				f[dir] = Entry{Path: dir, Dir: true}
			}
		}
	}
	return f
}

type files map[string]Entry

func (f files) Open(name string) (ldso.File, error) {
	real, err := f.resolve(name)
	if err != nil {
		return ldso.File{}, err
	}
	e := f[real]
	file := ldso.File{Real: real}
	if e.Hard != "" {
		file.ID = e.Hard
		e = f[e.Hard]
	}
	if e.Object == nil {
		return file, &elfimage.FormatError{Msg: "not an ELF object"}
	}
	file.Object = e.Object
	return file, nil
}

func (f files) resolve(name string) (string, error) {
	done, left, links := "/", strings.Split(name, "/"), 0
	for len(left) > 0 {
		part := left[0]
		left = left[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			done = path.Dir(done)
			continue
		}
		next := path.Join(done, part)
		e, ok := f[next]
		switch {
		case !ok || len(left) > 0 && e.Link == "" && !e.Dir:
			return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		case e.Link == "":
			done = next
			continue
		}
		if links++; links > 40 {
			return "", &fs.PathError{Op: "stat", Path: name, Err: syscall.ELOOP}
		}
		if strings.HasPrefix(e.Link, "/") {
			done = "/"
		}
		left = append(strings.Split(e.Link, "/"), left...)
	}
	return done, nil
}
