package tree

// This file reads the objects of one directory tree, and the links that lead to
// them. Links are recorded, never followed out of the tree.

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// scanTree adds the objects of one directory tree.
func scanTree(ctx context.Context, inv *Inventory, l *Listing, o Options) error {
	files, links := l.scanned()
	objects := make([]*Object, len(files))
	problems := make([]*problem.Problem, len(files))
	done := progress.Begin(ctx, progress.StepRead, int64(len(files)))
	err := pool.Each(ctx, o.Jobs, len(files), func(_ context.Context, i int) (err error) {
		objects[i], problems[i], err = readObject(l.Root, files[i])
		done(1)
		return err
	})
	if err != nil {
		return err
	}
	inv.collect(files, objects, problems)
	addLinks(inv, links)
	for _, dir := range l.Dists {
		inv.Dists = append(inv.Dists, wheel.ReadDistInfo(l.Root.Abs, dir))
	}
	if o.Digests {
		return addDigests(inv.Objects)
	}
	return nil
}

// scanned returns the regular files and the links among the entries, without
// what this program keeps there itself.
func (l *Listing) scanned() (files []Entry, links []string) {
	for _, e := range l.Entries {
		switch {
		case strings.HasPrefix(filepath.Base(e.Path), atomicfile.Prefix):
		case e.Type&fs.ModeSymlink != 0:
			links = append(links, e.Path)
		case e.Type.IsRegular():
			files = append(files, e)
		}
	}
	return files, links
}

// collect takes over what was read, hard links to one file as one object.
func (inv *Inventory) collect(files []Entry, objects []*Object, problems []*problem.Problem) {
	byInode := make(map[fileID]int)
	for i, obj := range objects {
		if problems[i] != nil {
			inv.Problems = append(inv.Problems, *problems[i])
		}
		if obj == nil {
			continue
		}
		addName(inv.Names, filepath.Base(obj.File), obj.File)
		id, linked := idOf(files[i].Info)
		if first, seen := byInode[id]; seen && linked {
			inv.Objects[first].Links = append(inv.Objects[first].Links, obj.Path)
			continue
		}
		byInode[id] = len(inv.Objects)
		inv.Objects = append(inv.Objects, *obj)
	}
}

// A fileID tells hard links apart from copies.
type fileID struct{ dev, ino uint64 }

// idOf returns the identity of a file, and whether it has more names than one.
func idOf(info fs.FileInfo) (id fileID, linked bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, false
	}
	return fileID{uint64(st.Dev), st.Ino}, st.Nlink > 1
}

// addLinks records the symbolic links under a root that lead to one of its
// objects: the loader finds a library by them too.
func addLinks(inv *Inventory, links []string) {
	objects := make(map[string]bool)
	for _, o := range inv.Objects {
		objects[o.File] = true
	}
	for _, path := range links {
		if target, err := filepath.EvalSymlinks(path); err == nil && objects[target] {
			addName(inv.Names, filepath.Base(path), path)
		}
	}
}
