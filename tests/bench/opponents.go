package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"
)

// nothing is the longest that an opponent takes who has nothing to do, in seconds.
const nothing = 0.001

// opponents is how many candidates patch has, at most.
const opponents = 5

func (j *job) candidates(peer string) []candidate {
	every := j.standIn
	if j.b.hook && peer != "" {
		every = func() error { return nil } // auto-patchelf.py itself is here
	}
	c := []candidate{
		{name: "patch", prepare: j.fresh, command: append([]string{j.b.program}, j.patchArgs()...)},
		{name: "patchelf on every object", prepare: j.fresh, run: every},
		{name: "patchelf on what is edited", prepare: j.fresh, run: j.edit},
		{name: "hashing", prepare: j.fresh, run: func() error { return hashTree(j.tree) }},
		{name: "floor", prepare: j.fresh, run: j.floor},
	}
	if peer != "" {
		args := append([]string{"env", "NIX_BINTOOLS=" + j.b.bintools, "python3", peer, "--paths", j.tree, "--libs"}, j.libs...)
		if j.lacks {
			args = append(args, "--ignore-missing", "*")
		}
		args = append(args, "--runtime-dependencies", "--append-rpaths", "--extra-args") // none
		c = append(c, candidate{name: "auto-patchelf", prepare: j.fresh, command: args})
	}
	return c
}

// makeBintools makes what auto-patchelf reads of NIX_BINTOOLS: where the loader
// is, and the prefix of its C library.
func (b *bench) makeBintools() error {
	b.bintools = filepath.Join(b.scratch, "bintools")
	support := filepath.Join(b.bintools, "nix-support")
	libc := filepath.Join(b.scratch, "libc")
	if err := errors.Join(os.MkdirAll(support, 0o777), os.Mkdir(libc, 0o777)); err != nil {
		return err
	}
	return errors.Join(
		os.Symlink(b.store.LibcDir, filepath.Join(libc, "lib")),
		os.WriteFile(filepath.Join(support, "dynamic-linker"), []byte(b.store.Loader), 0o666),
		os.WriteFile(filepath.Join(support, "orig-libc"), []byte(libc), 0o666),
	)
}

// standIn costs what auto-patchelf's patchelf calls cost.
func (j *job) standIn() error {
	runpath := "$ORIGIN:" + strings.Join(j.libs, ":")
	for _, o := range j.objects {
		file := filepath.Join(j.tree, o.Path)
		if o.Interpreter != "" {
			if err := command("patchelf", "--set-interpreter", j.b.store.Loader, file); err != nil {
				return err
			}
		}
		if err := command("patchelf", "--set-rpath", runpath, file); err != nil {
			return err
		}
	}
	return nil
}

// floor does the least that the job can take: hash every byte once, then edit
// just what must change.
func (j *job) floor() error {
	if err := hashTree(j.tree); err != nil {
		return err
	}
	return j.edit()
}

// edit has patchelf edit what patch edits, on all cores.
func (j *job) edit() error {
	var g errgroup.Group
	g.SetLimit(runtime.NumCPU())
	for _, o := range j.objects {
		if o.Edit == nil {
			continue
		}
		g.Go(func() error {
			var args []string
			if o.Edit.Interpreter != "" {
				args = append(args, "--set-interpreter", o.Edit.Interpreter)
			}
			if len(o.Edit.Runpath) > 0 {
				args = append(args, "--set-rpath", strings.Join(o.Edit.Runpath, ":"))
			} else if o.Edit.Interpreter == "" {
				args = append(args, "--remove-rpath")
			}
			return command("patchelf", append(args, filepath.Join(j.tree, o.Path))...)
		})
	}
	return g.Wait()
}
