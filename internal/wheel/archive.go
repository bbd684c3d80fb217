// A wheel as an archive: PEP 427, "Details".

package wheel

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// An Archive is an open wheel. It can be read in spite of its faults, as far as
// that is safe. Look at them before you trust it.
type Archive struct {
	Filename pyname.Filename // the zero value where the file name is not a wheel's
	Members  []Member        // in the order of the archive's directory
	Faults   []*Fault        // all but those that show when a member is read
	Dist     Dist
	Record   *Member  // nil where there is none
	Scripts  []string // names of entry points, for which installers write programs

	path   string
	file   io.ReaderAt
	spare  sync.Pool // of *memberReader: an inflater is 40 KiB
	closer io.Closer
	index  *nameIndex // of Members that have a safe name, the first of each
}

// A Dist is what METADATA and the name of its folder say of a distribution.
type Dist struct {
	Dir      string // the dist-info folder, relative to the archive or tree
	Name     string
	Version  string
	Requires []string // Requires-Dist, as written
	Tags     []string // of WHEEL, as written: "cp311-abi3-manylinux_2_28_x86_64"

	// What METADATA says for people, as written.
	Summary, Homepage string
	LicenseExpression string
	License           string   // License-Expression, else License
	Classifiers       []string // of licenses alone: "License :: OSI Approved :: MIT License"
	RequiresPython    string
	Extras            []string // Provides-Extra
}

// Open reads a wheel's directory and the small files of its dist-info. The error
// is a *Fault where the file is no archive that can be read at all, else it
// comes from the file system. What is no regular file is refused at once: a FIFO
// would be waited for.
func Open(path string) (*Archive, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%s is no regular file", words.Quote(path)), f.Close())
	}
	a, err := NewArchive(f, info.Size(), path)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	a.closer = f
	return a, nil
}

// NewArchive reads a wheel of size bytes from r. Of path only the file name counts.
// The error is a *Fault where this is no archive that can be read at all, else it
// comes from r.
func NewArchive(r io.ReaderAt, size int64, path string) (*Archive, error) {
	end, err := readEnd(r, size)
	if err != nil {
		return nil, err
	}
	members, err := readDirectory(r, end)
	if err != nil {
		return nil, err
	}
	if err := checkUnpacked(members, size); err != nil {
		return nil, err
	}
	a := &Archive{path: path, Members: members, file: r}
	if a.Faults, err = checkLocals(r, size, members, end.offset); err != nil {
		return nil, err
	}
	a.checkNames()
	a.readDistInfo()
	return a, nil
}

// checkUnpacked refuses an archive that is large for its contents' sake alone.
func checkUnpacked(members []Member, size int64) error {
	limit, sum := max(maxUnpacked, maxRatio*size), int64(0)
	for i := range members {
		if sum += members[i].Size; members[i].Size > limit || sum > limit {
			return damaged("it unpacks to more than %d MiB, %d times its size", limit>>20, limit/max(size, 1))
		}
	}
	return nil
}

// Close closes the file.
func (a *Archive) Close() error {
	if a.closer == nil {
		return nil
	}
	return a.closer.Close()
}

// Lookup returns the first member of a name, or nil. A member of an unsafe name
// is not found.
func (a *Archive) Lookup(name string) *Member {
	if i, ok := a.index.find(name); ok {
		return &a.Members[i]
	}
	return nil
}

func (a *Archive) fault(kind Kind, path, msg string) {
	a.Faults = append(a.Faults, &Fault{Kind: kind, Path: path, Msg: msg})
}

// checkNames indexes the members. It finds those that would be unpacked elsewhere
// than their names say, or over one another.
func (a *Archive) checkNames() {
	a.index = newNameIndex(a.Members)
	collisions := NewCollisionSet(len(a.Members), func(i int) string { return a.Members[i].Name })
	for i := range a.Members {
		m := &a.Members[i]
		if m.Unsafe != "" {
			a.fault(UnsafePath, m.Name, m.Unsafe)
			continue
		}
		if !a.index.add(i) {
			a.fault(Twice, m.Name, "it is in the archive twice")
			continue
		}
		if m.IsDir() {
			continue
		}
		if first, how := collisions.Add(i); how != NoCollision {
			a.fault(DuplicateFold, m.Name, "it differs by case or Unicode form only from "+words.Quote(a.Members[first].Name))
		}
	}
	for i := range a.Members {
		a.checkParents(&a.Members[i])
	}
}

// checkParents refuses a file that another member uses as a directory.
func (a *Archive) checkParents(m *Member) {
	if m.Unsafe != "" {
		return
	}
	i, found := a.index.findAbove(m.Name)
	switch file := a.Members[i].Name; {
	case !found:
	case len(file) == len(m.Name)-1: // but for the slash at its end
		a.fault(UnsafePath, m.Name, "it is both a file and a directory")
	default:
		a.fault(UnsafePath, m.Name, "its directory is a file of the archive: "+words.Quote(file))
	}
}

// IsOwnRecord reports whether a member is this wheel's RECORD or a signature of
// it, which RECORD need not list.
func (a *Archive) IsOwnRecord(name string) bool {
	dir, _, _ := strings.Cut(name, "/")
	return a.Dist.Dir != "" && dir == a.Dist.Dir && isRecord(name)
}
