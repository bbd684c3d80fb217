package tree

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// archiveFiles shows the members of archives beside the files of the disk. Members
// are below a prefix that exists nowhere: the path of the archive itself, which is
// a file and so no directory.
type archiveFiles struct {
	disk     *ldso.DiskFiles
	prefixes []string
	objects  map[string]*elfobj.Object // by the path that each is installed to
}

// Open implements ldso.Files. An archive has no links, so a path in it may be
// cleaned. A path on the disk may not: ".." behind a link leads up from where the
// link leads to.
func (a *archiveFiles) Open(path string) (ldso.File, error) {
	if len(a.prefixes) == 0 {
		return a.disk.Open(path)
	}
	clean := filepath.Clean(path)
	if o, ok := a.objects[clean]; ok {
		return ldso.File{Real: clean, Object: o, ID: clean}, nil
	}
	for _, prefix := range a.prefixes {
		if Within(prefix, clean) {
			return ldso.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
	}
	return a.disk.Open(path)
}

// scanArchive adds the objects of the wheel r. One that cannot be read as an
// archive is a problem of the inventory.
func scanArchive(ctx context.Context, inv *Inventory, files *archiveFiles, r *Root, o Options) error {
	a, err := wheel.Open(r.Abs)
	if fault := (*wheel.Fault)(nil); errors.As(err, &fault) {
		p := FaultProblem(fault)
		if p.Path == "" {
			p.Root = r.Path
		}
		inv.Problems = append(inv.Problems, p)
		return nil
	}
	if err != nil {
		return err
	}
	defer a.Close()
	return inv.addArchive(ctx, files, r, a, o)
}

// addArchive adds the objects of a wheel that is open.
func (inv *Inventory) addArchive(ctx context.Context, files *archiveFiles, r *Root, a *wheel.Archive, o Options) error {
	inv.Dists = append(inv.Dists, a.Dist)
	inv.Tags = append(inv.Tags, a.Filename.Platforms...)
	objects := make([]*Object, len(a.Members))
	problems := make([]*problem.Problem, len(a.Members))
	reader := newMemberReader(a, o)
	order := scanOrder(a)
	err := pool.Each(ctx, min(o.Jobs, MaxWindows), len(order), func(ctx context.Context, i int) error {
		i = order[i]
		m := &a.Members[i]
		e, sum, err := reader.object(ctx, m)
		var format *elfimage.FormatError
		switch {
		case errors.As(err, &format):
			problems[i] = Unreadable(m.Name, m.Mode, format)
		case err != nil:
			return err
		case e != nil:
			objects[i] = &Object{
				Root: r, Path: m.Name, File: installedAt(r, a, m.Name),
				Mode: m.Mode, Size: m.Size, ELF: e, Sum: Sum{sum, m.Size},
			}
			problems[i] = notDynamic(m.Name, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	files.prefixes = append(files.prefixes, r.Abs)
	for i, obj := range objects {
		if problems[i] != nil {
			inv.Problems = append(inv.Problems, *problems[i])
		}
		if obj != nil {
			files.objects[obj.File] = obj.ELF
			addName(inv.Names, filepath.Base(obj.File), obj.File)
			inv.Objects = append(inv.Objects, *obj)
		}
	}
	return nil
}

// scanOrder returns the indices of the members that may be objects, the largest
// first: one that begins last would keep the other processors waiting. It leaves
// out unsafe names, which verify reports, and Python code, which no loader loads.
func scanOrder(a *wheel.Archive) []int {
	var order []int
	for i := range a.Members {
		if m := &a.Members[i]; m.Unsafe == "" && !m.IsDir() && !strings.HasSuffix(m.Name, ".py") {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(a.Members[j].Size, a.Members[i].Size) })
	return order
}

// installedAt returns where an installer would put a member, with the path of the
// archive as the prefix (PEP 427, "Installing a wheel").
func installedAt(r *Root, a *wheel.Archive, name string) string {
	scheme, rel := a.InstallPath(name)
	if scheme == wheel.Purelib || scheme == wheel.Platlib {
		rel = filepath.Join(sitePackages(a), rel)
	}
	return filepath.Join(r.Abs, rel)
}

// sitePackages returns the directory below the prefix for the wheel's tags: for cp311 that
// of Python 3.11. For py3, which is any version, the directory is that of "python3".
func sitePackages(a *wheel.Archive) string {
	folder := "python3"
	if pythons := pyname.TagsPythons(a.Filename.Python, a.Filename.ABI); len(pythons) > 0 && pythons[0].Implementation != "" {
		folder = pythons[0].Folder()
	}
	return filepath.Join("lib", folder, "site-packages")
}
