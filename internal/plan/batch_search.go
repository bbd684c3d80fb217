package plan

import (
	"hash/maphash"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// realDirs compares the lookups of the loader: two are the same if they try the
// same directories in the same order, pass over each for the same reason, and end
// with the same file. It knows directories by one path, however they are written.
type realDirs struct {
	seed  maphash.Seed
	known map[string]bool // directories that are no links, nor have any on their way
}

// newRealDirs returns one that knows the directories of the objects and those
// above them. Scan follows no links, so none of these is one.
func newRealDirs(inv tree.Inventory) realDirs {
	d := realDirs{maphash.MakeSeed(), map[string]bool{}}
	for _, o := range inv.Objects {
		for dir := filepath.Dir(o.File); !d.known[dir]; dir = filepath.Dir(dir) {
			d.known[dir] = true
		}
	}
	return d
}

// searches returns the lookups for all needs of a closure, each as a hash of its
// directories and its result.
func (d realDirs) searches(c ldso.Closure) []uint64 {
	var out []uint64
	for _, loaded := range c {
		for need := range loaded.Searches() {
			if !strings.Contains(need.Soname, "/") { // else nothing is looked up
				out = append(out, d.search(need))
			}
		}
	}
	return out
}

// search returns one of the searches.
func (d realDirs) search(need ldso.Need) uint64 {
	var h maphash.Hash
	h.SetSeed(d.seed)
	seen := make(map[string]bool, len(need.Searched))
	for _, place := range need.Searched {
		dir := d.clean(place.Dir)
		if seen[dir] {
			continue // an inherited path may name a directory again
		}
		seen[dir] = true
		h.WriteString(dir)
		h.WriteByte(0)
		h.WriteString(place.Reason)
		h.WriteByte(0)
	}
	dir, name := filepath.Split(need.Path)
	h.WriteString(d.clean(strings.TrimSuffix(dir, "/")))
	h.WriteByte(0)
	h.WriteString(name)
	return h.Sum64()
}

// clean returns dir without its ".." elements. It returns dir as it is where one of
// them may lead up from a link.
func (d realDirs) clean(dir string) string {
	if !strings.Contains(dir, "/..") || !filepath.IsAbs(dir) {
		return dir
	}
	clean := "/"
	for part := range strings.SplitSeq(dir, "/") {
		switch {
		case part != "..":
			clean = filepath.Join(clean, part)
		case !d.known[clean]:
			return dir
		default:
			clean = filepath.Dir(clean)
		}
	}
	return clean
}
