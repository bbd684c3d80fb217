package ldso_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

const hostLoader = "/lib64/ld-linux-x86-64.so.2"

// newHostLoader is the loader of this machine as the program reads it.
func newHostLoader(t testing.TB) ldso.Loader {
	t.Helper()
	if _, err := os.Stat(hostLoader); err != nil {
		testenv.Lacks(t, "no %s here", hostLoader)
	}
	l, err := ldso.NewLoader(hostLoader)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// list asks the real loader: the lines "name => path" as "name path", sorted.
func list(t testing.TB, file string) (lines []string, err error) {
	t.Helper()
	cmd := exec.Command(hostLoader, "--list", file)
	cmd.Env = []string{"LC_ALL=C"}
	out, err := cmd.Output()
	for line := range strings.Lines(string(out)) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), " (0x")
		name, path, ok := strings.Cut(line, " => ")
		if !ok {
			path = name
		}
		if path == "statically linked" {
			continue // so it says of an object that needs nothing
		}
		if !strings.HasPrefix(name, "linux-vdso") {
			lines = append(lines, path)
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines), err
}

func missing(c ldso.Closure) bool {
	return slices.ContainsFunc(c, ldso.Loaded.Lacks)
}

// Rule: for a sample of the machine's own programs and libraries, what Load
// finds is what the loader lists.
func TestLoadEqualsTheHostLoader(t *testing.T) {
	l := newHostLoader(t)
	files := &ldso.DiskFiles{}
	var all []string
	for _, glob := range []string{"/usr/bin/*", "/usr/lib/x86_64-linux-gnu/*.so*", "/usr/lib/python3*/lib-dynload/*.so"} {
		found, _ := filepath.Glob(glob)
		all = append(all, found...)
	}
	compared := 0
	for i := 0; i < len(all); i += 11 {
		file := all[i]
		obj, err := elfobj.Open(file)
		if err != nil || !obj.Dynamic || obj.Interp != "" && obj.Interp != hostLoader {
			continue
		}
		c, err := l.Load(files, file)
		if err != nil {
			t.Error(err)
			continue
		}
		var got []string
		for _, o := range c[1:] {
			got = append(got, o.Path)
		}
		slices.Sort(got)
		want, err := list(t, file)
		if err != nil {
			if !missing(c) {
				t.Errorf("%s: the loader finds something missing: %v", file, err)
			}
			continue
		}
		if compared++; !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", file, got, want)
		}
		if v := ldso.CheckVersions(c); len(v) > 0 {
			t.Errorf("%s: %v", file, v)
		}
	}
	t.Logf("%d objects compared", compared)
}

// Rule: the default directories and the processor's subdirectories that NewLoader
// reads from the loader's file are those that the loader says it has.
func TestNewLoaderEqualsHelp(t *testing.T) {
	l := newHostLoader(t)
	out, err := exec.Command(hostLoader, "--help").Output()
	if err != nil || !bytes.Contains(out, []byte("Shared library search path")) {
		testenv.Lacks(t, "this loader does not say what it searches: %v", err)
	}
	var dirs, hwcaps []string
	for line := range strings.Lines(string(out)) {
		word, note, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case strings.HasPrefix(note, "(system search path"):
			dirs = append(dirs, word)
		case strings.HasPrefix(word, "x86-64-v") && strings.Contains(note, "searched"):
			hwcaps = append(hwcaps, word)
		}
	}
	if !slices.Equal(l.DefaultDirs, dirs) {
		t.Errorf("default directories %q, the loader says %q", l.DefaultDirs, dirs)
	}
	if !slices.Equal(l.Hwcaps, hwcaps) {
		t.Errorf("hwcaps %q, the loader says %q", l.Hwcaps, hwcaps)
	}
	if l.CacheFile != "" && len(l.Cache) == 0 {
		t.Errorf("nothing read from %s", l.CacheFile)
	}
}
