package apply

import (
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
)

// Bounds of the files that one call of patchelf edits. To start it takes about as long as to
// copy 8 MiB; the more files there are in a call, the longer the other jobs may wait for
// the last one.
const (
	maxTogether      = 4 << 20 // bytes of one of them
	maxTogetherBytes = 16 << 20
	maxTogetherFiles = 16
)

// together returns the edits in the groups that one call of patchelf is for, in their order:
// small files that are edited alike. What the user's own flags do to several files is
// not known, so with these each is alone.
func (w *writer) together(edits []*edit) [][]*edit {
	var groups [][]*edit
	type open struct {
		group int // the one that takes more of the kind
		bytes int64
	}
	kinds := map[string]open{}
	for _, e := range edits {
		kind := kindOf(e.patchelf(nil))
		size := e.object.Size
		if len(w.flags) > 0 || size > maxTogether || kind == "" {
			groups = append(groups, []*edit{e})
			continue
		}
		last, seen := kinds[kind]
		if !seen || last.bytes+size > maxTogetherBytes || len(groups[last.group]) == maxTogetherFiles {
			last = open{group: len(groups)}
			groups = append(groups, nil)
		}
		groups[last.group] = append(groups[last.group], e)
		kinds[kind] = open{last.group, last.bytes + size}
	}
	return groups
}

// kindOf returns what is equal for edits that one call of patchelf can do, "" for one that
// needs no call.
func kindOf(e patchelf.Edit) string {
	arguments := e.Arguments()
	if len(arguments) > 0 && e.ClearExecstack {
		arguments = append(arguments, "and the stack")
	}
	return strings.Join(arguments, "\x00")
}
