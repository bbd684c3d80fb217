package record

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// maxMembers is the bound of package wheel, which refuses one member more.
const maxMembers = 100_000

// bound is the memory that a wheel of any size is read within, in KiB.
const bound = 64 << 10

// Rule: the largest archive that is read at all, with as many members and as
// long a RECORD as the bounds allow, is verified within 64 MiB.
func TestMemoryOfManyMembers(t *testing.T) {
	w := Good()
	w.File, w.Info = "demo-1.0-py3-none-any.whl", "demo-1.0.dist-info"
	const members = maxMembers - 100
	row := "," + Hash("") + ",0"
	// Capitals, since folding them costs memory.
	pad := strings.Repeat("X", wheel.MaxRecord/maxMembers-len("Demo/000000"+row+"\n"))
	for i := range members {
		name := fmt.Sprintf("Demo/%06d%s", i, pad)
		w.Members = append(w.Members, Member{Name: name, Stored: true})
		w.Rows = append(w.Rows, name+row)
	}
	w.End.Zip64 = true
	w.End.Record = func(r []byte) { copy(r[8:12], "\xff\xff\xff\xff") }
	path := filepath.Join(t.TempDir(), w.File)
	if err := os.WriteFile(path, w.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	expect(t, verify(t, path), nil, nil)
	if _, peak := measured(t, "verify", path); peak > bound {
		t.Errorf("%d KiB", peak)
	}
}

// Rule: a wheel with an object far larger than the bound is explained within 64
// MiB, and its contents go into no file. What it needs is read from both ends of
// the object.
func TestMemoryOfALargeObject(t *testing.T) {
	dir := t.TempDir()
	object, path := filepath.Join(dir, "large.so"), filepath.Join(dir, "demo-1.0-py3-none-manylinux_2_17_x86_64.whl")
	zeros := filepath.Join(dir, "zeros")
	if err := errors.Join(os.WriteFile(zeros, nil, 0o666), os.Truncate(zeros, 4*bound<<10)); err != nil {
		t.Fatal(err)
	}
	testenv.Tool(t, "gcc")
	if err := testenv.LargeObject(object, zeros); err != nil {
		t.Fatal(err)
	}
	zip := exec.Command(testenv.Tool(t, "python3"), "-c", zipOne, path, "demo/large.so", object)
	if out, err := zip.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	testenv.Program(t) // is built in a temporary folder
	// The program itself cannot make a temporary file.
	t.Setenv("TMPDIR", filepath.Join(dir, "nowhere"))
	out, peak := measured(t, "explain", "--format", "json", path)
	if !strings.Contains(out, `"libm.so.6"`) {
		t.Errorf("the object was not read:\n%s", out)
	}
	if peak > bound {
		t.Errorf("%d KiB", peak)
	}
}

// zipOne is a program that writes an archive with one deflated member: Go's own deflate
// takes ten times as long under the race detector.
const zipOne = `import sys, zipfile
path, name, file = sys.argv[1:]
zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1).write(file, name)`

// measure runs a program and prints its largest resident set at the end of
// stderr. It runs in a small process of its own, for a child begins with the
// resident set of its parent (getrusage(2) says nothing on it).
const measure = `import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print("\n%d" % resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)`

// measured runs the program, which must succeed, and returns what it printed on
// stdout and the most memory that it held.
func measured(t *testing.T, args ...string) (out string, peakKiB int) {
	t.Helper()
	cmd := exec.Command(testenv.Tool(t, "python3"), append([]string{"-c", measure, testenv.Program(t)}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, stderr.Bytes())
	}
	text := stderr.String()
	if _, err := fmt.Sscan(text[strings.LastIndex(strings.TrimSpace(text), "\n")+1:], &peakKiB); err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	return stdout.String(), peakKiB
}
