package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

// patch prints the table of the whole of patch: verify, plan, edit, check and
// RECORD.
func (b *bench) patch() error {
	peer := os.Getenv("AUTO_PATCHELF")
	fmt.Printf("## patch\n\nRatios of time, and of processor time in brackets. Memory is that of all processes.\n\n")
	fmt.Printf("| wheel | layout | objects | edits | patch s | of patchelf on every object | of patchelf on what is edited | of hashing | of the floor | of auto-patchelf | peak MiB | of auto-patchelf | once more, of hashing |\n")
	fmt.Printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	all := map[string][]timing{} // by layout: ratios by opponent, one a wheel
	for _, pin := range b.wheels {
		for _, layout := range b.layouts {
			j, err := b.newJob(pin, layout)
			if err != nil {
				return fmt.Errorf("%s: %w", pin.Project, err)
			}
			candidates := j.candidates(peer)
			t, err := race(b.rounds, candidates)
			if err != nil {
				return fmt.Errorf("%s: %w", pin.Project, err)
			}
			peaks := []string{"-", "-"}
			for i, c := range []candidate{candidates[0], candidates[len(candidates)-1]} {
				if i == 1 && peer == "" {
					break
				}
				if err := j.fresh(); err != nil {
					return err
				}
				peak, err := treePeakMiB(c.command[0], c.command[1:]...)
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				peaks[i] = fmt.Sprintf("%.0f", peak)
			}
			fmt.Printf("| %s %s | %s | %d | %d | %.2f |", pin.Project, pin.Version, layout, len(j.objects), j.edits(), median(t[0].wall))
			if all[layout] == nil {
				all[layout] = make([]timing, opponents)
			}
			for i := range all[layout] {
				ratios := &all[layout][i]
				if i+1 < len(t) && median(t[i+1].wall) > nothing {
					ratios.wall = append(ratios.wall, ratio(t[0].wall, t[i+1].wall))
					ratios.cpu = append(ratios.cpu, ratio(t[0].cpu, t[i+1].cpu))
				}
				if i+1 < len(t) && median(t[i+1].wall) <= nothing {
					fmt.Printf(" - |")
					continue
				}
				fmt.Printf(" %s |", last(*ratios))
			}
			again, err := j.again()
			if err != nil {
				return fmt.Errorf("%s: %w", pin.Project, err)
			}
			fmt.Printf(" %s | %s | %s |\n", peaks[0], peaks[1], again)
			j.remove()
		}
	}
	for _, layout := range b.layouts {
		fmt.Printf("| median | %s | | | |", layout)
		for _, ratios := range all[layout] {
			fmt.Printf(" %s |", last(timing{[]float64{median(ratios.wall)}, []float64{median(ratios.cpu)}}))
		}
		fmt.Printf(" | | |\n")
	}
	fmt.Println()
	return nil
}

// again patches, and returns what patch takes then, to find nothing to change where RECORD
// is left alone, of hashing.
func (j *job) again() (string, error) {
	if err := j.fresh(); err != nil {
		return "", err
	}
	if err := command(j.b.program, j.args()...); err != nil {
		return "", err
	}
	once := j.b.hook
	j.b.hook = false
	defer func() { j.b.hook = once }()
	t, err := race(j.b.rounds, []candidate{
		{name: "patch once more", command: append([]string{j.b.program}, j.args("--record", "off")...)},
		{name: "hashing", run: func() error { return hashTree(j.tree) }},
	})
	if err != nil {
		return "", err
	}
	return last(timing{[]float64{ratio(t[0].wall, t[1].wall)}, []float64{ratio(t[0].cpu, t[1].cpu)}}), nil
}

// last prints the last of some ratios, or a dash where that opponent is not
// here.
func last(t timing) string {
	if n := len(t.wall); n > 0 && t.wall[n-1] > 0 {
		return fmt.Sprintf("%.2f (%.2f)", t.wall[n-1], t.cpu[n-1])
	}
	return "-"
}

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

// nothing is the longest that an opponent takes who has nothing to do, in seconds.
const nothing = 0.001

// opponents is how many candidates patch has, at most.
const opponents = 5

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

func (j *job) args(extra ...string) []string {
	args := append([]string{"patch", "--any-python", "--interpreter", j.b.store.Loader, "--libc", j.b.store.LibcDir}, extra...)
	if j.layout != "" {
		args = append(args, "--layout", j.layout)
	}
	if j.b.hook {
		args = append(args, "--record", "off", "--update-record", "all")
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
	cmd := exec.Command(j.b.program, j.args("--dry-run", "--format", "json")...)
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

func (j *job) candidates(peer string) []candidate {
	every := j.standIn
	if j.b.hook && peer != "" {
		every = func() error { return nil } // auto-patchelf.py itself is here
	}
	c := []candidate{
		{name: "patch", prepare: j.fresh, command: append([]string{j.b.program}, j.args()...)},
		{name: "patchelf on every object", prepare: j.fresh, run: every},
		{name: "patchelf on what is edited", prepare: j.fresh, run: j.edit},
		{name: "hashing", prepare: j.fresh, run: func() error { return hashTree(j.tree) }},
		{name: "floor", prepare: j.fresh, run: j.floor},
	}
	if peer != "" {
		args := append([]string{"env", "NIX_BINTOOLS=" + j.b.bintools, "python3", peer, "--paths", j.tree, "--libs"}, j.libs...)
		if j.lacks {
			args = append(args, "--ignore-missing", "*")
		}
		args = append(args, "--runtime-dependencies", "--append-rpaths", "--extra-args") // none
		c = append(c, candidate{name: "auto-patchelf", prepare: j.fresh, command: args})
	}
	return c
}

// makeBintools makes what auto-patchelf reads of NIX_BINTOOLS: where the loader
// is, and the prefix of its C library.
func (b *bench) makeBintools() error {
	b.bintools = filepath.Join(b.scratch, "bintools")
	support := filepath.Join(b.bintools, "nix-support")
	libc := filepath.Join(b.scratch, "libc")
	if err := errors.Join(os.MkdirAll(support, 0o777), os.Mkdir(libc, 0o777)); err != nil {
		return err
	}
	return errors.Join(
		os.Symlink(b.store.LibcDir, filepath.Join(libc, "lib")),
		os.WriteFile(filepath.Join(support, "dynamic-linker"), []byte(b.store.Loader), 0o666),
		os.WriteFile(filepath.Join(support, "orig-libc"), []byte(libc), 0o666),
	)
}

// standIn costs what auto-patchelf's patchelf calls cost.
func (j *job) standIn() error {
	runpath := "$ORIGIN:" + strings.Join(j.libs, ":")
	for _, o := range j.objects {
		file := filepath.Join(j.tree, o.Path)
		if o.Interpreter != "" {
			if err := command("patchelf", "--set-interpreter", j.b.store.Loader, file); err != nil {
				return err
			}
		}
		if err := command("patchelf", "--set-rpath", runpath, file); err != nil {
			return err
		}
	}
	return nil
}

// floor does the least that the job can take: hash every byte once, then edit
// just what must change.
func (j *job) floor() error {
	if err := hashTree(j.tree); err != nil {
		return err
	}
	return j.edit()
}

// edit has patchelf edit what patch edits, on all cores.
func (j *job) edit() error {
	var g errgroup.Group
	g.SetLimit(runtime.NumCPU())
	for _, o := range j.objects {
		if o.Edit == nil {
			continue
		}
		g.Go(func() error {
			var args []string
			if o.Edit.Interpreter != "" {
				args = append(args, "--set-interpreter", o.Edit.Interpreter)
			}
			if len(o.Edit.Runpath) > 0 {
				args = append(args, "--set-rpath", strings.Join(o.Edit.Runpath, ":"))
			} else if o.Edit.Interpreter == "" {
				args = append(args, "--remove-rpath")
			}
			return command("patchelf", append(args, filepath.Join(j.tree, o.Path))...)
		})
	}
	return g.Wait()
}
