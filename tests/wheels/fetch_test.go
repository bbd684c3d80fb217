package wheels

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPinsAreWellFormed(t *testing.T) {
	// Rule: every row names a file that belongs to its project and version, has a
	// sha256 and a reason, and stands once.
	pins, err := Pins()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range pins {
		prefix := strings.ReplaceAll(p.Project, "-", "_") + "-" + p.Version + "-"
		if !strings.HasPrefix(p.File, prefix) || !strings.HasSuffix(p.File, ".whl") {
			t.Errorf("%s: want a name that begins with %s", p.File, prefix)
		}
		if len(p.SHA256) != 64 || p.Bytes <= 0 || p.Why == "" || seen[p.File] {
			t.Errorf("%s: bad or repeated row", p.File)
		}
		seen[p.File] = true
	}
}

func TestFindTakesProjectVersionAndGlob(t *testing.T) {
	// Rule: a project alone means its first row; a version or a glob picks another.
	for name, want := range map[string]string{
		"pillow":                  "manylinux_2_28_x86_64.whl",
		"pillow-*-musllinux*":     "musllinux_1_2_x86_64.whl",
		"opencv-python==5.0.0.93": "opencv_python-5.0.0.93-cp37-abi3-manylinux_2_28_x86_64.whl",
	} {
		if p, err := Find(name); err != nil || !strings.HasSuffix(p.File, want) {
			t.Errorf("Find(%q) = %q, %v; want …%s", name, p.File, err, want)
		}
	}
	if p, err := Find("nosuch"); err == nil {
		t.Errorf("Find(nosuch) = %q, want an error", p.File)
	}
}

func TestPipTagsNameTheWheelsOwnMachine(t *testing.T) {
	// Rule: pip is told the wheel's tags, not this machine's.
	p := Pin{File: "a-1-cp37-cp37m-manylinux1_x86_64.manylinux_2_5_x86_64.whl"}
	want := []string{
		"--platform", "manylinux1_x86_64", "--platform", "manylinux_2_5_x86_64",
		"--implementation", "cp", "--python-version", "37", "--abi", "cp37m",
	}
	if got := pipTags(p); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWrongHashIsNotKept(t *testing.T) {
	// Rule: a file with another hash than the pinned one never gets its name in
	// the cache, and leaves no litter. The "pip" of the test writes such a file.
	bin, cache := t.TempDir(), t.TempDir()
	script := "#!/bin/sh\nwhile [ \"$1\" != --dest ]; do shift; done\necho false >\"$2/a-1-py3-none-any.whl\"\n"
	if err := os.WriteFile(filepath.Join(bin, "python3"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":/bin:/usr/bin")
	t.Setenv("WHEEL_AUTO_PATCH_CACHE", cache)
	pin := Pin{Project: "a", Version: "1", File: "a-1-py3-none-any.whl", SHA256: strings.Repeat("0", 64), Bytes: 6}
	if file, err := Fetch(pin); err == nil || !strings.Contains(err.Error(), "is pinned") {
		t.Errorf("Fetch = %q, %v; want an error that names the pinned hash", file, err)
	}
	left, _ := filepath.Glob(filepath.Join(cache, "wheels", "*.whl"))
	hidden, _ := filepath.Glob(filepath.Join(cache, "wheels", ".fetch-*"))
	if len(left)+len(hidden) != 0 {
		t.Errorf("left behind: %q %q", left, hidden)
	}
}
