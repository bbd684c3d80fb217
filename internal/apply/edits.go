package apply

import (
	"hash"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// An edit is one file to write.
type edit struct {
	object *plan.Object
	source string   // where the old file is before the moves
	names  []string // all its names after the moves
	old    fs.FileInfo
	temp   string // the new file, beside names[0]

	content *content // what the new file holds, where that was asked for
	err     error    // why there is no new file
}

// A content is the hash and the size of what is written to it.
type content struct {
	hash hash.Hash
	size int64
}

// Write implements io.Writer.
func (c *content) Write(b []byte) (int, error) {
	c.size += int64(len(b))
	return c.hash.Write(b)
}

// patchelf returns the edit for package patchelf, with the user's flags.
func (e *edit) patchelf(flags []string) patchelf.Edit {
	planned := e.object.Edit
	edit := patchelf.Edit{
		Interpreter:    planned.Interpreter,
		ForceRpath:     planned.ForceRpath,
		ClearExecstack: planned.ClearExecstack,
		Flags:          flags,
	}
	if planned.SetRunpath {
		edit.Runpath = append([]string{}, planned.Runpath...)
	}
	return edit
}

// editsOf returns the edits of a plan, in its order. Equal copies of a library, which
// the flat layout makes links to one file, are one edit.
func editsOf(planned plan.Plan) []*edit {
	to, from := map[string]string{}, map[string]string{}
	for _, m := range planned.Moves {
		to[m.From] = m.To
		if !m.Equal {
			from[m.To] = m.From
		}
	}
	var edits []*edit
	seen := map[string]bool{}
	for i := range planned.Objects {
		p := &planned.Objects[i]
		if p.Edit == nil {
			continue
		}
		e := &edit{object: p, source: p.File}
		if old, ok := from[p.File]; ok {
			e.source = old
		}
		for _, name := range namesOf(p.Object) {
			if moved, ok := to[name]; ok {
				name = moved
			}
			if !slices.Contains(e.names, name) {
				e.names = append(e.names, name)
			}
		}
		if !seen[e.names[0]] {
			edits = append(edits, e)
		}
		seen[e.names[0]] = true
	}
	return edits
}

// namesOf returns the absolute paths of all hard links to an object.
func namesOf(o tree.Object) []string {
	names := []string{o.File}
	for _, link := range o.Links {
		names = append(names, filepath.Join(o.Root.Abs, link))
	}
	return names
}
