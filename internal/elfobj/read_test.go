package elfobj_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// hostObjects returns some ELF files of the machine: every n-th.
func hostObjects(t *testing.T, n int) []string {
	t.Helper()
	var found []string
	for _, dir := range []string{"/usr/lib", "/usr/bin", "/usr/aarch64-linux-gnu/lib"} {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			// A package may be on its way in.
			if err != nil || !d.Type().IsRegular() || strings.HasSuffix(path, ".dpkg-new") {
				return nil
			}
			f, err := os.Open(path)
			if err != nil {
				return nil
			}
			defer f.Close()
			magic := make([]byte, 4)
			if _, err := f.Read(magic); err == nil && elfimage.IsELF(magic) {
				found = append(found, path)
			}
			return nil
		})
	}
	var some []string
	for i := 0; i < len(found); i += n {
		some = append(some, found[i])
	}
	return some
}

// Rule: what is read equals what readelf prints of the same file.
func TestReadEqualsReadelf(t *testing.T) {
	readelf := testenv.Tool(t, "readelf")
	entry := regexp.MustCompile(`\((NEEDED|SONAME|RPATH|RUNPATH)\).*\[(.*)\]`)
	interp := regexp.MustCompile(`Requesting program interpreter: (.*)\]`)
	for _, path := range hostObjects(t, 97) {
		obj, err := elfobj.Open(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		cmd := exec.Command(readelf, "-W", "-l", "-d", path)
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		out, _ := cmd.Output()
		want := map[string][]string{}
		for _, m := range entry.FindAllStringSubmatch(string(out), -1) {
			want[m[1]] = append(want[m[1]], m[2])
		}
		if m := interp.FindStringSubmatch(string(out)); m != nil {
			want["INTERP"] = []string{m[1]}
		}
		got := map[string][]string{"NEEDED": obj.Needed}
		for k, v := range map[string]string{
			"SONAME": obj.Soname, "RPATH": strings.Join(obj.Rpath, ":"),
			"RUNPATH": strings.Join(obj.Runpath, ":"), "INTERP": obj.Interp,
		} {
			if v != "" {
				got[k] = []string{v}
			}
		}
		for _, k := range []string{"NEEDED", "SONAME", "RPATH", "RUNPATH", "INTERP"} {
			if obj.Type.String() != "ET_REL" && !slices.Equal(got[k], want[k]) {
				t.Errorf("%s: %s %q, readelf has %q", path, k, got[k], want[k])
			}
		}
	}
}

// Rule: no ELF file of the machine is refused.
func TestReadTakesEveryHostObject(t *testing.T) {
	objects := hostObjects(t, 1)
	for _, path := range objects {
		if _, err := elfobj.Open(path); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d objects", len(objects))
}

// Rule: what is no ELF object is a FormatError, whatever kind of file it is. Its
// text is shown to people, so it does not name this package.
func TestReadRefusesOtherFiles(t *testing.T) {
	for _, data := range []string{"", "\x7fEL", "#!/bin/sh\n", "\x7fELF\x02\x01\x01", strings.Repeat("\x7fELF", 40)} {
		_, err := elfobj.Read(bytes.NewReader([]byte(data)), int64(len(data)))
		var format *elfimage.FormatError
		if !errors.As(err, &format) {
			t.Errorf("%q: error %v, want a FormatError", data, err)
		} else if strings.Contains(err.Error(), "elfobj") {
			t.Errorf("%q: error %v", data, err)
		}
	}
	if _, err := elfobj.Open(t.TempDir()); err == nil {
		t.Error("a directory was taken")
	}
}
