package tree

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// scanTree adds the objects of one directory tree, and the links that lead to them.
func scanTree(ctx context.Context, inv *Inventory, l *Listing, o Options) error {
	files, links := l.scanned()
	objects := make([]*file, len(files))
	problems := make([]*problem.Problem, len(files))
	done := progress.Begin(ctx, progress.StepRead, int64(len(files)))
	err := pool.Each(ctx, o.Jobs, len(files), func(_ context.Context, i int) (err error) {
		objects[i], problems[i], err = readObject(l.Root, files[i], o.Names && !o.Whole)
		done(1)
		return err
	})
	if err != nil {
		return err
	}
	before := len(inv.Objects)
	inv.addObjects(objects, problems)
	if o.Whole {
		if err := readWhole(ctx, pointers(inv.Objects[before:]), inv.Names, o); err != nil {
			return err
		}
	}
	addLinks(inv, links)
	inv.Owned = either(inv.Owned, newOwner(l).owns)
	inv.Taken = func(path string) bool {
		_, err := os.Lstat(path)
		return err == nil
	}
	inv.NamesIn = namesIn
	for _, dir := range l.Dists {
		inv.Dists = append(inv.Dists, wheel.ReadDistInfo(l.Root.Abs, dir))
	}
	if o.Digests {
		return addDigests(ctx, inv.Objects, o)
	}
	return nil
}

func pointers(objects []Object) []*Object {
	out := make([]*Object, len(objects))
	for i := range objects {
		out[i] = &objects[i]
	}
	return out
}

// scanned returns the regular files and the links among the entries.
func (l *Listing) scanned() (files []Entry, links []string) {
	for _, e := range l.Entries {
		switch {
		case e.kind&fs.ModeSymlink != 0:
			links = append(links, e.Path)
		case e.Regular():
			files = append(files, e)
		}
	}
	return files, links
}

// addObjects adds what was read of the files, hard links to one file as one object.
func (inv *Inventory) addObjects(objects []*file, problems []*problem.Problem) {
	byInode := make(map[fileID]int)
	for i, obj := range objects {
		if problems[i] != nil {
			inv.Problems = append(inv.Problems, *problems[i])
		}
		if obj == nil {
			continue
		}
		addName(inv.Names, filepath.Base(obj.File), obj.File)
		id, linked := idOf(obj.info)
		if first, seen := byInode[id]; seen && linked {
			inv.Objects[first].Links = append(inv.Objects[first].Links, obj.Path)
			continue
		}
		byInode[id] = len(inv.Objects)
		inv.Objects = append(inv.Objects, obj.Object)
	}
}

// A file is an object and what fstat(2) says of its file.
type file struct {
	Object
	info fs.FileInfo
}

// A fileID is what hard links to one file share.
type fileID struct{ dev, ino uint64 }

// idOf returns the identity of a file, and whether it has several names.
func idOf(info fs.FileInfo) (id fileID, linked bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, false
	}
	return fileID{uint64(st.Dev), st.Ino}, st.Nlink > 1
}

// addLinks records the names of the symbolic links that lead to an object of the
// inventory: the loader finds a library by them too. Those that patch has placed lead
// out of it.
func addLinks(inv *Inventory, links []string) {
	objects := make(map[string]bool)
	for _, o := range inv.Objects {
		objects[o.File] = true
	}
	for _, path := range links {
		if target := readPlaced(inv.Roots, path); target != "" {
			inv.Placed[path] = target
			continue
		}
		if target, err := filepath.EvalSymlinks(path); err == nil && objects[target] {
			addName(inv.Names, filepath.Base(path), path)
		}
	}
}
