package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// Rule: "go test" knows of every source of the program that a test runs, so that
// it never prints a remembered result after a change of one. The test reads the
// log that "go test" reads, of a test that does no more than ask for the program.
func TestProgramMakesItsSourcesKnown(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	cmd := exec.Command(os.Args[0], "-test.run=^TestProgramRuns$", "-test.testlogfile="+log)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		known[strings.TrimSuffix(line, "\n")] = true
	}
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	list, err := goCommand("list", "-deps", program)
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for path := range strings.Lines(list) {
		path, ours := strings.CutPrefix(strings.TrimSpace(path), "github.com/wheel-auto-patch/wheel-auto-patch/")
		if !ours {
			continue
		}
		packages++
		dir := filepath.Join(top, path)
		if !known["stat "+dir] {
			t.Errorf("%s: a new file would not be seen", path)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %q, %v", path, files, err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") && !known["open "+file] {
				t.Errorf("a change of %s would not be seen", file)
			}
		}
	}
	if packages < 5 {
		t.Errorf("%d packages: the program has more", packages)
	}
	for _, name := range []string{"go.mod", "go.sum", "cmd/wheel-auto-patch/main.go", "internal/providers/sonames.tsv", "internal/problem/pages/library-not-found.md"} {
		if !known["open "+filepath.Join(top, name)] {
			t.Errorf("%s would not be seen", name)
		}
	}
}

func TestProgramRuns(t *testing.T) {
	// Rule: the program is built once a process, and it runs.
	exe := Program(t)
	if out, err := exec.Command(exe, "--version").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if again := Program(t); again != exe {
		t.Errorf("built anew as %s", again)
	}
}
