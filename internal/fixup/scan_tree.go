package fixup

// This file reads one directory tree: its objects, the links that lead to
// them, and its dist-infos. Links are recorded, never followed out of the tree.

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// scanTree adds the objects of one directory tree.
func scanTree(ctx context.Context, inv *Inventory, r Root, o Options) error {
	tree, err := walkTree(r.Abs)
	if err != nil {
		return err
	}
	files := tree.files
	objects := make([]*Object, len(files))
	problems := make([]*problem.Problem, len(files))
	done := begin(ctx, StepRead, int64(len(files)))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, o.Jobs))
	for i, f := range files {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var err error
			objects[i], problems[i], err = readObject(r, f)
			done(1)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	inv.collect(files, objects, problems)
	addLinks(inv, tree.links)
	for _, dir := range tree.dists {
		inv.Dists = append(inv.Dists, wheel.ReadDistInfo(r.Abs, dir))
	}
	if o.Layout == LayoutFlat {
		return addDigests(inv.Objects)
	}
	return nil
}

// collect takes over what was read, hard links to one file as one object.
func (inv *Inventory) collect(files []treeFile, objects []*Object, problems []*problem.Problem) {
	byInode := make(map[fileID]int)
	for i, obj := range objects {
		if problems[i] != nil {
			inv.Problems = append(inv.Problems, *problems[i])
		}
		if obj == nil {
			continue
		}
		addName(inv.Names, filepath.Base(obj.File), obj.File)
		if first, seen := byInode[files[i].id]; seen && files[i].links > 1 {
			inv.Objects[first].Links = append(inv.Objects[first].Links, obj.Path)
			continue
		}
		byInode[files[i].id] = len(inv.Objects)
		inv.Objects = append(inv.Objects, *obj)
	}
}

// A fileID tells hard links apart from copies.
type fileID struct{ dev, ino uint64 }

// A treeFile is one regular file of a tree.
type treeFile struct {
	path  string // absolute
	info  fs.FileInfo
	id    fileID
	links uint64
}

// A walked tree is what lies in it, in the order of WalkDir, which is sorted.
type walked struct {
	files []treeFile
	links []string // symbolic links, absolute
	dists []string // dist-info folders that lie in no other, relative
}

func walkTree(root string) (tree walked, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || strings.HasPrefix(d.Name(), TempPrefix):
			return err
		case d.Type()&fs.ModeSymlink != 0:
			tree.links = append(tree.links, path)
			return nil
		case d.IsDir():
			tree.dists, err = addDistInfo(tree.dists, root, path)
			return err
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		f := treeFile{path: path, info: info, links: 1}
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			f.id, f.links = fileID{uint64(st.Dev), st.Ino}, uint64(st.Nlink)
		}
		tree.files = append(tree.files, f)
		return nil
	})
	return tree, err
}

// addDistInfo adds a folder, relative to root, if it is a dist-info folder and
// in none that was added.
func addDistInfo(dists []string, root, path string) ([]string, error) {
	if !wheel.IsDistInfo(path) {
		return dists, nil
	}
	rel, err := filepath.Rel(root, path)
	if n := len(dists); n > 0 && within(dists[n-1], rel) {
		return dists, err
	}
	return append(dists, rel), err
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
