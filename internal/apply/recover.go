package apply

// This file keeps a journal in each root while files are written there, and
// undoes what a run began that was killed: until everything is written, RECORD
// too, the old files lie beside the new ones. So the next run finds a tree that
// is true to its RECORD.

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

// journalName is the file in a root: a line of JSON for each change, written
// before the change, its paths relative to the root.
const journalName = atomicfile.Prefix + "journal"

// doneLine says that all is written and only temporary files are left.
const doneLine = "done\n"

// rootOf returns the directory of the root that a path is in, or "".
func (j *journal) rootOf(path string) string {
	if root := j.roots.Of(path); root != nil && root.Abs != path {
		return root.Abs
	}
	return ""
}

// begin opens the file of the root that a path is in; the caller holds mu.
func (j *journal) begin(path string) error {
	root := j.rootOf(path)
	if root == "" || j.logs[root] != nil {
		return nil
	}
	if err := j.dirs.MakeWritable(root); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(root, journalName), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	j.logs[root] = f
	return err
}

// log notes a change that is about to be made.
func (j *journal) log(u undo) error {
	j.undo = append(j.undo, u)
	f := j.logs[j.rootOf(u.Names[0])]
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

func below(root, path string) string { return strings.TrimPrefix(path, root+"/") }

// done notes that nothing is to be undone any more.
func (j *journal) done() {
	for _, f := range j.logs {
		_, _ = f.WriteString(doneLine)
	}
}

// end removes the files, but not where something is still to be put back.
func (j *journal) end() {
	for _, f := range j.logs {
		_ = f.Close()
		if !j.stuck {
			_ = os.Remove(f.Name())
		}
	}
	clear(j.logs)
}

// Recover puts the roots back into the state before a run that was killed, and
// removes its temporary files. It gives the roots where there was something to
// do. It is quick where there was none.
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

// readJournal reads a root's file. A wheel could bring one: it is not followed
// if it is a link.
func readJournal(root string) ([]byte, error) {
	name := filepath.Join(root, journalName)
	if info, err := os.Lstat(name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, nil // and is removed as any other
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64<<20))
}

// recoverRoot undoes, then removes what is left, the journal last.
func recoverRoot(root string, text []byte) error {
	j := newJournal(nil)
	defer j.dirs.Restore()
	if !bytes.HasSuffix(text, []byte(doneLine)) {
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			// The last line may be half written: its change was not made then.
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

// parseUndo reads one line. Nothing outside of the root is taken.
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

// sweep removes the temporary files under a root, and nothing else.
func (j *journal) sweep(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		// The one kind of temporary file that is not regular is the link of a
		// move.
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
