package testenv

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// program is the import path of the program under test.
const program = "github.com/wheel-auto-patch/wheel-auto-patch/cmd/wheel-auto-patch"

// build builds the program once. Main sets it.
var build func() (string, error)

// Main runs the tests of a package that calls Program, and returns the exit
// status:
//
//	func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "wheel-auto-patch-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build = sync.OnceValues(func() (string, error) { return buildProgram(dir) })
	return m.Run()
}

// Program returns the path of the program, built once a process. A result of
// "go test" that depends on it is remembered only as long as no source of the
// program changes.
func Program(t testing.TB) string {
	t.Helper()
	if build == nil {
		t.Fatal("TestMain does not call testenv.Main")
	}
	exe, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func buildProgram(dir string) (string, error) {
	if err := readSources(); err != nil {
		return "", err
	}
	exe := filepath.Join(dir, "wheel-auto-patch")
	_, err := goCommand("build", "-o", exe, program)
	return exe, err
}

// sources lists the files of the module that the program is built from, and
// those that a build constraint alone keeps out of it.
func sources() ([]string, error) {
	mod, err := goCommand("env", "GOMOD")
	if err != nil {
		return nil, err
	}
	mod = strings.TrimSpace(mod)
	const files = `{{range .}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}`
	var format strings.Builder
	format.WriteString("{{with .Module}}{{if .Main}}")
	for _, kind := range []string{"GoFiles", "IgnoredGoFiles", "EmbedFiles"} {
		format.WriteString("{{with $." + kind + "}}" + files + "{{end}}")
	}
	format.WriteString("{{end}}{{end}}")
	out, err := goCommand("list", "-deps", "-f", format.String(), program)
	if err != nil {
		return nil, err
	}
	list := []string{mod, filepath.Join(filepath.Dir(mod), "go.sum")}
	return append(list, strings.Split(strings.TrimSpace(out), "\n")...), nil
}

// readSources makes the sources known to "go test". It notes what a test opens
// through package os, and takes a remembered result only while those files are
// the same. It does not note what another process reads, such as go build, nor
// code that is imported but not linked.
func readSources() error {
	list, err := sources()
	if err != nil {
		return err
	}
	for _, file := range list {
		if _, err := os.ReadFile(file); err != nil {
			return err
		}
		// The time of a folder changes when a file is added.
		if _, err := os.Stat(filepath.Dir(file)); err != nil {
			return err
		}
	}
	return nil
}

// goCommand runs go as make build does and returns its standard output.
func goCommand(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%v: %w\n%s", cmd.Args, err, stderr.Bytes())
	}
	return string(out), nil
}
