package apply

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
)

// journalName is the journal file of a root. Its first line binds it to the file that
// it was written into; then comes a line for each change (see entry).
const journalName = atomicfile.Prefix + "journal"

// maxJournal is the bound of a journal file.
const maxJournal = 64 << 20

// A journalFile is the journal file of one root, open for writing.
type journalFile struct {
	root string // absolute
	file *os.File
	size int64 // what is written, in whole lines
}

// createJournal makes the journal file of a root. Where the file system can, it gets
// its name with its first line in it, so that a run killed in between leaves nothing.
func createJournal(root string) (*journalFile, error) {
	name := filepath.Join(root, journalName)
	if f, err := createUnnamed(root); err == nil {
		j := &journalFile{root: root, file: f}
		if err = j.begin(); err == nil {
			err = link(f, name)
		}
		if err == nil {
			return j, nil
		}
		f.Close()
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journalFile{root: root, file: f}
	if err := j.begin(); err != nil {
		f.Close()
		_ = os.Remove(name)
		return nil, err
	}
	return j, nil
}

// begin writes the first line.
func (j *journalFile) begin() error {
	b, err := birthOf(j.file)
	if err != nil {
		return err
	}
	return j.write(b.headLine())
}

// add writes a line, with the paths of the entry made relative to the root.
func (j *journalFile) add(e entry) error {
	e.path = j.below(e.path)
	e.undo.kept, e.undo.made = j.below(e.undo.kept), j.below(e.undo.made)
	names := make([]string, len(e.undo.names))
	for i, name := range e.undo.names {
		names[i] = j.below(name)
	}
	e.undo.names = names
	return j.write(e.String())
}

// below returns a path relative to the root that contains it.
func (j *journalFile) below(path string) string {
	return strings.TrimPrefix(path, strings.TrimSuffix(j.root, "/")+"/")
}

// write appends a line. Where it fails the next line is written over what was written of
// this one: the rest of that has no newline and does not count.
func (j *journalFile) write(line string) error {
	if j.size+int64(len(line)) > maxJournal {
		return fmt.Errorf("the journal of the changes would pass its bound of %d MiB", maxJournal>>20)
	}
	if _, err := j.file.WriteAt([]byte(line), j.size); err != nil {
		return err
	}
	j.size += int64(len(line))
	return nil
}

// dropFrom takes back the lines from size on.
func (j *journalFile) dropFrom(size int64) error {
	j.size = size
	return j.file.Truncate(size)
}

// A foreignError says why a file under the name of the journal is not obeyed.
type foreignError struct{ why string }

// Error implements error.
func (e *foreignError) Error() string { return e.why }

// openJournal opens the journal file that a killed run left in a root, and returns its
// lines but the first. The error wraps fs.ErrNotExist where there is none, and is a
// *foreignError for a file that this program did not write there as this user.
func openJournal(root string) (*journalFile, []string, error) {
	name := filepath.Join(root, journalName)
	if err := foreign(name); err != nil {
		return nil, nil, err
	}
	f, info, err := atomicfile.OpenPlain(name, os.O_RDWR)
	if err != nil {
		return nil, nil, err
	}
	j := &journalFile{root: root, file: f}
	lines, err := j.read(info.Size())
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return j, lines, nil
}

// foreign returns the *foreignError of what nobody need open to see that it is no
// journal of ours.
func foreign(name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &foreignError{"is " + atomicfile.KindOf(info.Mode())}
	}
	if uid := uidOf(info); uid != os.Geteuid() {
		return &foreignError{fmt.Sprintf("belongs to user %d", uid)}
	}
	return nil
}

// read returns the lines but the first. A last line without its newline was cut short,
// or is being written, and what it says was not begun: it does not count.
func (j *journalFile) read(size int64) ([]string, error) {
	b, err := birthOf(j.file)
	if err != nil {
		return nil, err
	}
	want := b.headLine()
	head := make([]byte, len(want))
	if n, err := j.file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	} else if string(head[:n]) != want {
		return nil, &foreignError{"was not written there, but copied, unpacked or installed"}
	}
	if size > maxJournal {
		return nil, fmt.Errorf("%q: has %d bytes, more than the bound of %d MiB", j.file.Name(), size, maxJournal>>20)
	}
	text, err := io.ReadAll(io.NewSectionReader(j.file, 0, size))
	if err != nil {
		return nil, err
	}
	whole := strings.LastIndexByte(string(text), '\n') + 1
	j.size = int64(whole)
	lines := strings.Split(string(text[:whole]), "\n")
	return lines[1 : len(lines)-1], nil
}
