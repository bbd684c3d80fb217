package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

// A job is one wheel installed, and what patch would do to it.
type job struct {
	b       *bench
	master  string // as installed, never written to
	tree    string // a copy, as it was for every run
	copied  map[string]version
	lacks   bool // libraries that it needs are nowhere, which are ignored
	libs    []string
	layout  string
	objects []report.ObjectReport
}

func (b *bench) newJob(pin wheels.Pin, layout string) (*job, error) {
	dir, err := os.MkdirTemp(b.scratch, pin.Project+"-")
	if err != nil {
		return nil, err
	}
	j := &job{b: b, master: filepath.Join(dir, "master"), tree: filepath.Join(dir, "tree"), libs: []string{b.store.Libs}, layout: layout, lacks: strings.Contains(costly, pin.SHA256)}
	if err := installPin(pin, j.master); err != nil {
		return nil, err
	}
	if pin.Project == "numba" { // its tbbpool asks for the tbb wheel's library
		tbb, err := wheels.Find("tbb")
		if err != nil {
			return nil, err
		}
		if err := installPin(tbb, filepath.Join(dir, "tbb")); err != nil {
			return nil, err
		}
		j.libs = append(j.libs, filepath.Join(dir, "tbb", "lib"))
	}
	return j, j.plan()
}

func installPin(pin wheels.Pin, prefix string) error {
	file, err := wheels.Fetch(pin)
	if err != nil {
		return err
	}
	_, err = testenv.InstallTo(file, prefix)
	return err
}

// patchArgs returns the arguments of the run that is measured.
func (j *job) patchArgs(extra ...string) []string {
	if j.b.hook {
		extra = append(extra, "--record", "off", "--update-record", "all")
	}
	return j.args(extra...)
}

func (j *job) args(extra ...string) []string {
	args := append([]string{"patch", "--any-python", "--interpreter", j.b.store.Loader, "--libc", j.b.store.LibcDir}, extra...)
	if j.layout != "" {
		args = append(args, "--layout", j.layout)
	}
	if j.lacks {
		args = append(args, "--ignore-missing", "*")
	}
	for _, l := range j.libs {
		args = append(args, "--lib", l)
	}
	return append(args, j.tree)
}

// plan asks the program for its plan: the floor edits the same files.
func (j *job) plan() error {
	if err := j.fresh(); err != nil {
		return err
	}
	cmd := exec.Command(j.b.program, j.patchArgs("--dry-run", "--format", "json")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%v: %w", cmd.Args, err)
	}
	var report report.Report
	if err := json.Unmarshal(out, &report); err != nil {
		return err
	}
	j.objects = report.Objects
	return nil
}

func (j *job) edits() int {
	n := 0
	for _, o := range j.objects {
		if o.Edit != nil {
			n++
		}
	}
	return n
}

// A version of a file is another one where it is written to, and where another takes its
// place.
type version struct {
	inode    uint64
	modified time.Time
}

// versions returns those of all files in the tree.
func (j *job) versions() (map[string]version, error) {
	out := map[string]version{}
	err := filepath.WalkDir(j.tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		v := version{modified: info.ModTime()}
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			v.inode = st.Ino
		}
		out[path] = v
		return nil
	})
	return out, err
}

// fresh makes the tree a copy of the master: what differs is copied anew.
func (j *job) fresh() (err error) {
	if j.copied == nil {
		if err := command("cp", "-a", j.master, j.tree); err != nil {
			return err
		}
		j.copied, err = j.versions()
		return err
	}
	now, err := j.versions()
	if err != nil {
		return err
	}
	for path, v := range now {
		if v != j.copied[path] {
			if err := os.Remove(path); err != nil {
				return err
			}
			delete(now, path)
		}
	}
	for path := range j.copied {
		if _, there := now[path]; !there {
			if err := command("cp", "-a", j.master+strings.TrimPrefix(path, j.tree), path); err != nil {
				return err
			}
		}
	}
	j.copied, err = j.versions()
	return err
}

func (j *job) remove() { os.RemoveAll(filepath.Dir(j.master)) }
