package fixup

// This file reads the objects of a wheel in place. They appear in the inventory
// where an installer would put them, below a prefix that exists nowhere: the
// path of the archive itself, which is a file and so no directory.

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// archiveFiles shows the members of archives beside the files of the disk.
type archiveFiles struct {
	ldso.Files
	prefixes []string
	objects  map[string]*elfobj.Object // by the path of installation
}

// Open implements ldso.Files.
func (a *archiveFiles) Open(path string) (ldso.File, error) {
	path = filepath.Clean(path)
	if o, ok := a.objects[path]; ok {
		return ldso.File{Real: path, Object: o, ID: path}, nil
	}
	for _, prefix := range a.prefixes {
		if within(prefix, path) {
			return ldso.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
	}
	return a.Files.Open(path)
}

// scanArchive adds the objects of one wheel.
func scanArchive(ctx context.Context, inv *Inventory, files *archiveFiles, r Root, jobs int) error {
	a, err := wheel.Open(r.Abs)
	var fault *wheel.Fault
	if errors.As(err, &fault) {
		f := newFindings(nil)
		f.fault(r.Path, fault)
		inv.Problems = append(inv.Problems, f.problems(false, len(inv.Roots) > 1)...)
		return nil
	}
	if err != nil {
		return err
	}
	defer a.Close()
	inv.Dists = append(inv.Dists, a.Dist)
	inv.Tags = append(inv.Tags, a.Filename.Platforms...)
	objects := make([]*Object, len(a.Members))
	problems := make([]*problem.Problem, len(a.Members))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, jobs))
	for i := range a.Members {
		m := &a.Members[i]
		if m.Unsafe != "" || m.IsDir() {
			continue // verify says so
		}
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			e, err := readMember(a, m)
			var format *elfobj.FormatError
			switch {
			case errors.As(err, &format):
				problems[i] = unreadableObject(m.Name, m.Mode, format)
			case err != nil:
				return err
			case e != nil:
				objects[i] = &Object{
					Root: r.Path, Path: m.Name, File: installedAt(r, a, m.Name),
					Mode: m.Mode, Size: m.Size, ELF: e,
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
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

// installedAt is where an installer puts a member, below the archive's own
// path.
func installedAt(r Root, a *wheel.Archive, name string) string {
	scheme, rel := a.InstallPath(name)
	if scheme == wheel.Purelib || scheme == wheel.Platlib {
		rel = filepath.Join(sitePackages(a), rel)
	}
	return filepath.Join(r.Abs, rel)
}

// sitePackages guesses the directory from the Python tag: cp311 is Python 3.11,
// py3 any.
func sitePackages(a *wheel.Archive) string {
	version := "3"
	for _, tag := range a.Filename.Python {
		if digits, ok := strings.CutPrefix(tag, "cp3"); ok && digits != "" {
			version = "3." + digits
		}
	}
	return filepath.Join("lib", "python"+version, "site-packages")
}

// spoolAbove is the size from which a member goes through a file: an object's
// dynamic data may lie anywhere in it.
const spoolAbove = 1 << 20

// readMember decompresses a member if it begins as an ELF object, else gives
// nothing. Memory is bounded by spoolAbove for each worker.
func readMember(a *wheel.Archive, m *wheel.Member) (*elfobj.Object, error) {
	r, err := a.Open(m)
	if err != nil {
		return nil, asFormatError(err)
	}
	defer r.Close()
	magic := make([]byte, 4)
	if n, err := io.ReadFull(r, magic); n < len(magic) {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, nil
		}
		return nil, skipFault(err)
	}
	if !elfobj.IsELF(magic) {
		return nil, nil
	}
	content := io.MultiReader(strings.NewReader(string(magic)), r)
	if m.Size <= spoolAbove {
		data, err := io.ReadAll(content)
		if err != nil {
			return nil, asFormatError(err)
		}
		return elfobj.Read(strings.NewReader(string(data)), int64(len(data)))
	}
	f, err := os.CreateTemp("", "wheel-auto-patch-member-")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	n, err := io.Copy(f, content)
	if err != nil {
		return nil, asFormatError(err)
	}
	return elfobj.Read(f, n)
}

// asFormatError makes a member that cannot be decompressed an object that
// cannot be read.
func asFormatError(err error) error {
	var fault *wheel.Fault
	if errors.As(err, &fault) {
		return &elfobj.FormatError{Msg: fault.Error()}
	}
	return err
}

// skipFault passes over a member that is damaged before it shows what it is:
// verify reports it.
func skipFault(err error) error {
	var fault *wheel.Fault
	if errors.As(err, &fault) {
		return nil
	}
	return err
}
