package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A journal makes changes that it can roll back. At every moment each name leads to
// the old file or the new one (rename(2)), and until close the old files lie beside
// the new ones. Each root has a journal file, into which goes each change and each
// temporary file before it is made: Recover undoes from it what a killed run began.
type journal struct {
	dirs  *atomicfile.DirModes
	roots []string // absolute, none within another
	undo  []undo   // the changes so far
	stuck []undo   // those that could not be put back
	stays bool     // a link could not be removed: the journal files stay

	placed []placement // the links so far

	mu       sync.Mutex
	temps    []string                // temporary files, removed by close
	made     []string                // directories, outermost first; where they stay empty, close removes them
	files    map[string]*journalFile // by root
	undoing  bool
	finished bool // the journal files say that the changes stay
}

// An undo is how to put one file back under its old names.
type undo struct {
	kept  string   // a temporary name of the old file
	made  string   // a new name of the old file, to be removed; may be empty
	names []string // the old ones
	file  keptFile // the old file
}

func newJournal(roots tree.Roots) *journal {
	j := &journal{dirs: atomicfile.NewDirModes(), files: map[string]*journalFile{}}
	for _, r := range roots {
		within := func(other *tree.Root) bool { return other.Abs != r.Abs && tree.Within(other.Abs, r.Abs) }
		if !r.Archive && !slices.ContainsFunc(roots, within) {
			j.roots = append(j.roots, r.Abs)
		}
	}
	return j
}

// open returns the journal file of the root that contains the paths. The caller holds mu.
func (j *journal) open(paths ...string) (*journalFile, error) {
	i := slices.IndexFunc(j.roots, func(root string) bool {
		return !slices.ContainsFunc(paths, func(path string) bool { return path == root || !tree.Within(root, path) })
	})
	if i < 0 {
		return nil, fmt.Errorf("%q: not in one of the trees", paths)
	}
	root := j.roots[i]
	if f := j.files[root]; f != nil {
		return f, nil
	}
	if err := j.dirs.MakeWritable(root); err != nil {
		return nil, err
	}
	f, err := createJournal(root)
	if err == nil {
		j.files[root] = f
	}
	return f, err
}

// log writes a line into a journal file. While changes are undone it need not
// succeed: a full disk must not keep the old files from their places.
func (j *journal) log(f *journalFile, e entry) error {
	if err := f.add(e); err != nil && !j.undoing {
		return err
	}
	return nil
}

// temp makes a temporary file beside path, which close removes. See
// [atomicfile.TempName].
func (j *journal) temp(path, word string, create func(name string) error) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f, err := j.open(path)
	if err != nil {
		return "", err
	}
	if err := j.dirs.MakeWritable(filepath.Dir(path)); err != nil {
		return "", err
	}
	return atomicfile.TempName(path, word, func(name string) error {
		// What has the name already is another's: it must not be in the journal file.
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return cmp.Or(err, fs.ErrExist)
		}
		before := f.size
		if err := j.log(f, entry{verb: verbTemp, path: name}); err != nil {
			return err
		}
		err := create(name)
		if errors.Is(err, fs.ErrExist) {
			return errors.Join(err, f.dropFrom(before))
		}
		j.temps = append(j.temps, name)
		return err
	})
}

// tempFile is temp for a file with this text.
func (j *journal) tempFile(path, word, text string) (string, error) {
	return j.temp(path, word, func(name string) error {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = f.WriteString(text)
		return errors.Join(err, f.Close())
	})
}

// makeDir makes the directory of a file, and those above it.
func (j *journal) makeDir(file string) error {
	dir := filepath.Dir(file)
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := j.makeDir(dir); err != nil {
		return err
	}
	if err := j.dirs.MakeWritable(filepath.Dir(dir)); err != nil {
		return err
	}
	f, err := j.open(dir)
	if err != nil {
		return err
	}
	if err := j.log(f, entry{verb: verbDir, path: dir}); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	j.made = append(j.made, dir)
	return nil
}

// backup links the file that has these names to a temporary name beside the first, for
// rollback. A name that leads to another file gets a backup of its own.
func (j *journal) backup(names []string, made string) error {
	kept, err := j.temp(names[0], "old", func(name string) error { return os.Link(names[0], name) })
	if err != nil {
		return err
	}
	info, err := os.Lstat(kept)
	if err != nil {
		return err
	}
	u := undo{kept: kept, made: made, names: names[:1:1], file: keptOf(info)}
	var others []string
	for _, name := range names[1:] {
		switch now, err := os.Lstat(name); {
		case err != nil:
			return err
		case u.file.same(now):
			u.names = append(u.names, name)
		default:
			others = append(others, name)
		}
	}
	if err := j.record(u); err != nil || len(others) == 0 {
		return err
	}
	return j.backup(others, "")
}

// record notes a change that is about to be made.
func (j *journal) record(u undo) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	paths := append([]string{u.kept}, u.names...)
	if u.made != "" {
		paths = append(paths, u.made)
	}
	f, err := j.open(paths...)
	if err != nil {
		return err
	}
	if err := j.log(f, entry{verb: verbUndo, undo: u}); err != nil {
		return err
	}
	j.undo = append(j.undo, u)
	return nil
}

// replace renames the file temp over the first name; the others become hard
// links to it.
func (j *journal) replace(temp string, names []string) error {
	if err := j.backup(names, ""); err != nil {
		return err
	}
	return j.renameOver(temp, names)
}

// renameOver makes all names lead to the file temp, and leaves no name temp.
func (j *journal) renameOver(temp string, names []string) error {
	for _, name := range names[1:] {
		link, err := j.temp(name, "new", func(link string) error { return os.Link(temp, link) })
		if err != nil {
			return err
		}
		if err := os.Rename(link, name); err != nil {
			return err
		}
	}
	if err := j.dirs.MakeWritable(filepath.Dir(names[0])); err != nil {
		return err
	}
	return os.Rename(temp, names[0])
}

// rewrite replaces the text of the file at path, and keeps its metadata. Its other
// hard links keep the old text: uv links files of its cache into what it installs.
func (j *journal) rewrite(path, text string) error {
	old, err := os.Lstat(path)
	if err != nil {
		return err
	}
	temp, err := j.tempFile(path, "record", text)
	if err != nil {
		return err
	}
	if err := atomicfile.CopyMetadata(path, temp, old); err != nil {
		return err
	}
	return j.replace(temp, []string{path})
}

// close removes what is temporary, the new directories that stayed empty and the
// journal files, and restores the modes of directories. After it nothing can be rolled
// back, but for what is stuck: that keeps its old file and its journal file. So does
// what cannot be removed.
func (j *journal) close() error {
	defer j.dirs.Restore()
	defer j.closeFiles()
	keep := map[string]bool{}
	for _, u := range j.stuck {
		keep[u.kept] = true
	}
	if len(j.stuck) == 0 && !j.stays {
		j.finish()
	}
	// The kernel gives back the space of a large file while its name is removed, so it is
	// given several at once.
	errs := make([]error, len(j.temps))
	pool.Do(context.Background(), runtime.GOMAXPROCS(0), len(j.temps), func(i int) {
		if !keep[j.temps[i]] {
			errs[i] = j.remove(j.temps[i])
		}
	})
	for _, dir := range slices.Backward(j.made) {
		_ = os.Remove(dir)
	}
	if err := errors.Join(errs...); err != nil || len(j.stuck) > 0 || j.stays {
		return err
	}
	for _, f := range j.files {
		errs = append(errs, j.remove(filepath.Join(f.root, journalName)))
	}
	return errors.Join(errs...)
}

// remove removes what a temporary name leads to, if anything: a broken patchelf may
// have left a directory.
func (j *journal) remove(name string) error {
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := j.dirs.MakeWritable(filepath.Dir(name)); err != nil {
		return err
	}
	return os.RemoveAll(name)
}

// finish writes into every journal file that its changes stay. Where that cannot be
// written the file is removed: what is temporary may then stay after a kill, but no
// half of the old files is put back.
func (j *journal) finish() {
	if j.finished {
		return
	}
	for _, f := range j.files {
		if f.add(entry{verb: verbDone}) != nil {
			_ = os.Remove(filepath.Join(f.root, journalName))
		}
	}
	j.finished = true
}

func (j *journal) closeFiles() {
	for _, f := range j.files {
		_ = f.file.Close()
	}
	clear(j.files)
}
