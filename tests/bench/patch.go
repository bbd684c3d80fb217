package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

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
	fmt.Printf("| wheel | layout | objects | edits | patch s | of patchelf on every object | of patchelf on what is edited | of hashing | of the floor | of auto-patchelf | peak MiB | of auto-patchelf |\n")
	fmt.Printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
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
			fmt.Printf(" %s | %s |\n", peaks[0], peaks[1])
			j.remove()
		}
	}
	for _, layout := range b.layouts {
		fmt.Printf("| median | %s | | | |", layout)
		for _, ratios := range all[layout] {
			fmt.Printf(" %s |", last(timing{[]float64{median(ratios.wall)}, []float64{median(ratios.cpu)}}))
		}
		fmt.Printf(" | |\n")
	}
	fmt.Println()
	return nil
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
	tree    string // a copy, made anew for every run
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
	j := &job{b: b, master: filepath.Join(dir, "master"), tree: filepath.Join(dir, "tree"), libs: []string{b.store.Libs}, layout: layout}
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

// fresh copies the master to the tree.
func (j *job) fresh() error {
	if err := os.RemoveAll(j.tree); err != nil {
		return err
	}
	return command("cp", "-a", j.master, j.tree)
}

func (j *job) remove() { os.RemoveAll(filepath.Dir(j.master)) }

func (j *job) candidates(peer string) []candidate {
	c := []candidate{
		{name: "patch", prepare: j.fresh, command: append([]string{j.b.program}, j.args()...)},
		{name: "patchelf on every object", prepare: j.fresh, run: j.standIn},
		{name: "patchelf on what is edited", prepare: j.fresh, run: j.edit},
		{name: "hashing", prepare: j.fresh, run: func() error { return hashTree(j.tree) }},
		{name: "floor", prepare: j.fresh, run: j.floor},
	}
	if peer != "" {
		c = append(c, candidate{name: "auto-patchelf", prepare: j.fresh, command: append(
			[]string{"env", "NIX_BINTOOLS=" + j.b.bintools, "python3", peer, "--paths", j.tree, "--libs"}, j.libs...,
		)})
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
