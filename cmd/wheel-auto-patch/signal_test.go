package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: a run that is sent SIGHUP, SIGTERM or SIGINT, at whatever step, puts everything
// back, leaves nothing and ends with status 2, or it has done its work.
func TestSignalsPutEverythingBack(t *testing.T) {
	pristine := compiled.Pair(t)
	old := pristine.Snapshot()
	patch := func(n int, signal syscall.Signal) (compiled.End, *compiled.Tree, string) {
		tr := pristine.CopyTo(filepath.Join(t.TempDir(), "tree"))
		output, err := os.Create(filepath.Join(t.TempDir(), "output"))
		if err != nil {
			t.Fatal(err)
		}
		defer output.Close()
		cmd := exec.Command("wheel-auto-patch", "patch", "--record=off", "--jobs=1", tr.Root)
		cmd.Stdout, cmd.Stderr = output, output
		end, err := compiled.Steps(cmd, n, signal)
		if errors.Is(err, syscall.EPERM) {
			testenv.Lacks(t, "ptrace(2): %v", err)
		}
		text, other := os.ReadFile(output.Name())
		if err := errors.Join(err, other); err != nil {
			t.Fatal(err)
		}
		return end, tr, string(text)
	}
	whole, tr, text := patch(0, 0)
	done := tr.Snapshot()
	if whole.Status != 0 || maps.Equal(old, done) {
		t.Fatal("nothing was edited", text)
	}
	back := map[syscall.Signal]int{}
	signals := []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT}
	for n := 1; n <= whole.Steps; n++ {
		signal := signals[n%len(signals)]
		end, tr, text := patch(n, signal)
		now := tr.Snapshot()
		switch {
		case end.Status.Exited() && end.Status.ExitStatus() == exitCannot && maps.Equal(old, now):
			back[signal]++
		case end.Status == 0 && maps.Equal(done, now):
		default:
			t.Errorf("%v before step %d: status %x, litter %q: %s", signal, n, end.Status, tr.Litter(), text)
		}
	}
	for _, signal := range signals {
		if back[signal] < 3 {
			t.Errorf("%v: only %d runs were ended by it", signal, back[signal])
		}
	}
}

// Rule: a second process on the same tree is refused at once, in one line, with status
// 2, and the first one is not disturbed. What only reads is not refused.
func TestSecondProcessIsRefused(t *testing.T) {
	tr := compiled.Pair(t)
	dir := t.TempDir()
	here, on := filepath.Join(dir, "here"), filepath.Join(dir, "on")
	if err := errors.Join(syscall.Mkfifo(here, 0o600), syscall.Mkfifo(on, 0o600)); err != nil {
		t.Fatal(err)
	}
	// Its first edit says that it is there, and waits until it may go on.
	slow := filepath.Join(dir, "patchelf")
	lines := fmt.Sprintf("#!/bin/sh\ncd %s\n[ \"$1\" = --version ] || ! mkdir once 2>/dev/null || { echo >here; echo >on; }\nexec %s \"$@\"\n",
		dir, testenv.Tool(t, "patchelf"))
	if err := os.WriteFile(slow, []byte(lines), 0o755); err != nil {
		t.Fatal(err)
	}
	first := exec.Command("wheel-auto-patch", "patch", "--record=off", "--jobs=1", "--patchelf", slow, tr.Root)
	var said bytes.Buffer
	first.Stdout, first.Stderr = &said, &said
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(here); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"patch", "--record=off", tr.Root}, {"patch", "--record=off", t.TempDir(), tr.Root + "/."}} {
		out, err := exec.Command("wheel-auto-patch", args...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitCannot || strings.Count(string(out), "\n") != 1 ||
			!strings.Contains(string(out), "another wheel-auto-patch works on this tree") || !strings.Contains(string(out), tr.Root) {
			t.Errorf("%q: %v %s", args, err, out)
		}
	}
	for _, command := range []string{"check", "verify", "explain"} {
		out, _ := exec.Command("wheel-auto-patch", command, tr.Root).CombinedOutput()
		if strings.Contains(string(out), "another wheel-auto-patch") {
			t.Errorf("%s: %s", command, out)
		}
	}
	if _, err := os.ReadFile(on); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil || len(tr.Litter()) > 0 {
		t.Errorf("%v, litter %q: %s", err, tr.Litter(), said.String())
	}
}
