package plan

// This file tells whether two searches of the loader are one: the same places,
// in the same order, with the same result.

import (
	"hash/maphash"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// realDirs makes one path of the ways to write a directory.
type realDirs struct {
	seed  maphash.Seed
	known map[string]bool // directories that are no links, nor have any on their way
}

// newRealDirs knows the directories of the inventory and those above them: Scan
// follows no links.
func newRealDirs(inv tree.Inventory) realDirs {
	d := realDirs{maphash.MakeSeed(), map[string]bool{}}
	for _, o := range inv.Objects {
		for dir := filepath.Dir(o.File); !d.known[dir]; dir = filepath.Dir(dir) {
			d.known[dir] = true
		}
	}
	return d
}

// searches gives what the loader looks for, in which places and with what result,
// for all needs of a closure, as hashes.
func (d realDirs) searches(c ldso.Closure) []uint64 {
	var out []uint64
	var h maphash.Hash
	h.SetSeed(d.seed)
	seen := map[string]bool{}
	for _, loaded := range c {
		for _, need := range loaded.Needs {
			if need.Loaded || strings.Contains(need.Soname, "/") {
				continue // no search
			}
			h.Reset()
			clear(seen)
			for _, place := range need.Searched {
				dir := d.clean(place.Dir)
				if seen[dir] {
					continue // a path that is inherited may name it again
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
			out = append(out, h.Sum64())
		}
	}
	return out
}

// clean takes ".." out of a path where what it leads up from is known to be no
// link, else gives the path as it is.
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
