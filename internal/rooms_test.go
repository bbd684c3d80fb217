// Package internal_test holds the rooms to their order (docs/architecture.md).
package internal_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/wheel-auto-patch/wheel-auto-patch/"

// rooms are the packages below internal/, leaves first: each may import those
// that stand in an earlier line, and no other.
var rooms = [][]string{
	{"lazyregexp"},
	{"arch", "nixstore", "pool", "progress", "symver", "words", "atomicfile", "layered", "elfimage"},
	{"elfobj", "pyname", "pyload", "problem", "patchelf", "nixlocate"},
	{"wheel", "ldso", "loadcheck", "providers", "elfcheck"},
	{"tree", "supply"},
	{"record", "pymodule", "bill"},
	{"plan", "nixexpr"},
	{"apply", "check", "report"},
	{"explain", "trace"},
	{"pipeline"},
}

// alone are the packages that just one room, or cmd, may import.
var alone = map[string]string{
	"os/exec":                             "internal/loadcheck internal/nixlocate internal/patchelf internal/trace",
	"github.com/alecthomas/kong":          "cmd/wheel-auto-patch",
	"github.com/u-root/u-root/pkg/ldd":    "internal/loadcheck",
	"github.com/vbauerster/mpb/v8":        "cmd/wheel-auto-patch",
	"golang.org/x/text/cases":             "internal/wheel",
	"github.com/klauspost/compress/flate": "internal/wheel",
	"github.com/CycloneDX/cyclonedx-go":   "internal/bill",
}

// imports returns what each package of the program imports, by its path below the
// module.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	// The files are looked at, so that go test asks again when one changes.
	for _, dir := range []string{"../cmd", "."} {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") {
				_, err = os.ReadFile(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "../cmd/...", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		words := strings.Fields(lines.Text())
		all[strings.TrimPrefix(words[0], module)] = words[1:]
	}
	return all
}

// Rule: imports go one way, from the pipeline down to the leaves; every room has
// its place in the order.
func TestImportsGoOneWay(t *testing.T) {
	place := map[string]int{}
	for i, line := range rooms {
		for _, room := range line {
			place["internal/"+room] = i
		}
	}
	place["cmd/wheel-auto-patch"] = len(rooms)
	found := imports(t)
	for room, list := range found {
		if room == "internal" {
			continue
		}
		at, ok := place[room]
		if !ok {
			t.Errorf("%s has no place in the order of the rooms", room)
		}
		for _, imported := range list {
			other, ours := strings.CutPrefix(imported, module)
			if ours && place[other] >= at {
				t.Errorf("%s imports %s, which is no room below it", room, other)
			}
		}
	}
	for room := range place {
		if _, ok := found[room]; !ok {
			t.Errorf("there is no %s", room)
		}
	}
}

// Rule: kong is the command line's, u-root and other programs have one caller.
func TestOneCaller(t *testing.T) {
	used := map[string]bool{}
	for room, list := range imports(t) {
		for _, imported := range list {
			if callers, ok := alone[imported]; ok {
				used[imported] = true
				if !slices.Contains(strings.Fields(callers), room) {
					t.Errorf("%s imports %s, which is for %s", room, imported, callers)
				}
			}
		}
	}
	for imported := range alone {
		if !used[imported] {
			t.Errorf("nobody imports %s", imported)
		}
	}
}

// Rule: every room says what it is, and architecture.md knows it.
func TestEveryRoomIsDescribed(t *testing.T) {
	text, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range rooms {
		for _, room := range line {
			if !strings.Contains(string(text), fmt.Sprintf("| `%s` |", room)) {
				t.Errorf("docs/architecture.md has no row for %s", room)
			}
			out, err := exec.Command("go", "list", "-f", "{{.Doc}}", "./"+room).Output()
			if err != nil || !strings.HasPrefix(string(out), "Package "+room+" ") {
				t.Errorf("%s has no package comment: %v", room, err)
			}
		}
	}
}
