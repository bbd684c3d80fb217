package apply

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// journalName is the journal file of a root: a line of JSON for each change, written
// before the change, with paths relative to the root.
const journalName = atomicfile.Prefix + "journal"

// doneLine is the last line of a journal file whose changes stay: only temporary files
// are left to be removed.
const doneLine = "done\n"

// rootOf returns the directory of the root that contains a path, or "".
func (j *journal) rootOf(path string) string {
	if root := j.roots.Of(path); root != nil && root.Abs != path {
		return root.Abs
	}
	return ""
}

// openFile opens the journal file of the root that contains a path. The caller holds mu.
func (j *journal) openFile(path string) error {
	root := j.rootOf(path)
	if root == "" || j.files[root] != nil {
		return nil
	}
	if err := j.dirs.MakeWritable(root); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(root, journalName), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	j.files[root] = f
	return err
}

// record notes a change that is about to be made, also in the journal file of its root.
func (j *journal) record(u undo) error {
	j.undo = append(j.undo, u)
	f := j.files[j.rootOf(u.Names[0])]
	if f == nil {
		return nil
	}
	root := filepath.Dir(f.Name())
	line := undo{Kept: below(root, u.Kept), Made: below(root, u.Made)}
	for _, name := range u.Names {
		line.Names = append(line.Names, below(root, name))
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return err
}

// below returns a path relative to the root that contains it.
func below(root, path string) string { return strings.TrimPrefix(path, root+"/") }

// writeDone writes into every journal file that its changes stay.
func (j *journal) writeDone() {
	for _, f := range j.files {
		_, _ = f.WriteString(doneLine)
	}
}

// closeFiles closes the journal files, and removes them unless something is still to
// be put back.
func (j *journal) closeFiles() {
	for _, f := range j.files {
		_ = f.Close()
		if !j.stuck {
			_ = os.Remove(f.Name())
		}
	}
	clear(j.files)
}

// Recover undoes in the roots what a killed run began, and removes its temporary
// files: the trees are then true to their RECORDs again. It returns the roots in which
// there was a journal file; others cost one look at a file name.
func Recover(roots tree.Roots) ([]string, error) {
	var recovered []string
	for _, root := range roots {
		if root.Archive {
			continue
		}
		text, err := readJournal(root.Abs)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = recoverRoot(root.Abs, text)
		}
		if err != nil {
			return recovered, fmt.Errorf("cannot undo what a killed run began: %w", err)
		}
		recovered = append(recovered, root.Path)
	}
	return recovered, nil
}

// readJournal returns the text of a root's journal file. A wheel could bring one, so a
// link is not followed; it counts as an empty file.
func readJournal(root string) ([]byte, error) {
	name := filepath.Join(root, journalName)
	if info, err := os.Lstat(name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, nil // recoverRoot removes it
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64<<20))
}

// recoverRoot undoes the changes of a journal file, then removes the temporary files,
// and the journal file last.
func recoverRoot(root string, text []byte) error {
	j := newJournal(nil)
	defer j.dirs.Restore()
	if !bytes.HasSuffix(text, []byte(doneLine)) {
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			// A line that is written by half is the last one: its change was not made.
			if u, ok := parseUndo(root, lines.Bytes()); ok {
				j.undo = append(j.undo, u)
			}
		}
		for _, p := range j.rollback() {
			return fmt.Errorf("%q: %s", p.Path, p.Message)
		}
	}
	if err := j.sweep(root); err != nil {
		return err
	}
	return os.Remove(filepath.Join(root, journalName))
}

// parseUndo parses one line of a journal file. It reports false for a line that is malformed or
// names a path outside the root.
func parseUndo(root string, line []byte) (undo, bool) {
	var u undo
	if json.Unmarshal(line, &u) != nil || len(u.Names) == 0 || !strings.HasPrefix(filepath.Base(u.Kept), atomicfile.Prefix) {
		return u, false
	}
	ok := true
	inside := func(path string) string {
		file := filepath.Join(root, path)
		top, err := filepath.EvalSymlinks(root)
		dir, err2 := filepath.EvalSymlinks(filepath.Dir(file))
		if err != nil || err2 != nil || !filepath.IsLocal(path) || (dir != top && !strings.HasPrefix(dir, top+"/")) {
			ok = false
		}
		return file
	}
	u.Kept = inside(u.Kept)
	for i, name := range u.Names {
		u.Names[i] = inside(name)
	}
	if u.Made != "" {
		u.Made = inside(u.Made)
	}
	return u, ok
}

// sweep removes the temporary files under a root.
func (j *journal) sweep(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		// All temporary files are regular but the symbolic links of moves.
		kind := d.Type()
		if !strings.HasPrefix(d.Name(), atomicfile.Prefix) || d.Name() == journalName || !(kind.IsRegular() || kind == fs.ModeSymlink) {
			return nil
		}
		if err := j.dirs.MakeWritable(filepath.Dir(path)); err != nil {
			return err
		}
		return os.Remove(path)
	})
}
