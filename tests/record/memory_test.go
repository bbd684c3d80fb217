package record

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: the largest archive that is read at all, with as many members and as
// long names as the bounds allow, is verified within 64 MiB.
func TestMemoryOfManyMembers(t *testing.T) {
	w := Good()
	w.File, w.Info = "demo-1.0-py3-none-any.whl", "demo-1.0.dist-info"
	hash := Hash("")
	for i := range 99_900 {
		// Capitals, since folding them costs memory.
		name := fmt.Sprintf("Demo/%06d%s", i, strings.Repeat("X", 39))
		w.Members = append(w.Members, Member{Name: name, Stored: true})
		w.Rows = append(w.Rows, name+","+hash+",0")
	}
	w.End.Zip64 = true
	w.End.Record = func(r []byte) { copy(r[8:12], "\xff\xff\xff\xff") }
	path := filepath.Join(t.TempDir(), w.File)
	if err := os.WriteFile(path, w.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	expect(t, verify(t, path), nil, nil)
	if peak := peakKiB(t, "verify", path); peak > 64<<10 {
		t.Errorf("%d KiB", peak)
	}
}

// Rule: a wheel with an object far larger than the bound is explained within 64
// MiB, and its contents go into no file.
func TestMemoryOfALargeObject(t *testing.T) {
	object, err := os.ReadFile(testenv.Program(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "demo-1.0-py3-none-manylinux_2_17_x86_64.whl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	m, err := z.Create("demo/large")
	for _, part := range [][]byte{object, make([]byte, 400<<20)} {
		if err == nil {
			_, err = m.Write(part)
		}
	}
	if err := errors.Join(err, z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	// A temporary file cannot be made.
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "nowhere"))
	if peak := peakKiB(t, "explain", path); peak > 64<<10 {
		t.Errorf("%d KiB", peak)
	}
}

// peakKiB is the high-water mark of the program's memory, read until it ends.
func peakKiB(t *testing.T, args ...string) (peak int) {
	t.Helper()
	program := testenv.Program(t)
	cmd := exec.Command(program, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	proc := filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid))
	for {
		select {
		case err := <-done:
			if err != nil || peak == 0 {
				t.Fatal(err, peak)
			}
			return peak
		case <-time.After(2 * time.Millisecond):
		}
		if exe, _ := os.Readlink(filepath.Join(proc, "exe")); exe != program {
			continue // still the parent's memory
		}
		status, _ := os.ReadFile(filepath.Join(proc, "status"))
		if _, rest, ok := bytes.Cut(status, []byte("VmHWM:")); ok {
			kib, _ := strconv.Atoi(string(bytes.Fields(rest)[0]))
			peak = max(peak, kib)
		}
	}
}
