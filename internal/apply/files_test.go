package apply

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: mode, owner, times and extended attributes of an edited file stay.
func TestMetadataStays(t *testing.T) {
	tr := compiled.Pair(t)
	file := tr.File("lib/libone.so")
	if err := unix.Setxattr(file, "user.note", []byte("kept"), 0); err != nil {
		t.Logf("no extended attributes here: %v", err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(file, 1234, 4321); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(file, 0o4510); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o510|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	long, short := time.Unix(86400, 123456789), time.Unix(1, 0)
	if err := os.Chtimes(file, long, short); err != nil {
		t.Fatal(err)
	}
	before := metadata(t, file)
	if _, problems := applyTo(tr, Options{Jobs: 2}); len(problems) > 0 {
		t.Fatal(compiled.Describe(problems))
	}
	if after := metadata(t, file); after != before {
		t.Errorf("\n was %s\n is  %s", before, after)
	}
}

func metadata(t *testing.T, file string) string {
	t.Helper()
	var s unix.Stat_t
	if err := unix.Stat(file, &s); err != nil {
		t.Fatal(err)
	}
	note := make([]byte, 100)
	n, _ := unix.Getxattr(file, "user.note", note)
	// The access time is the old one too, but whoever reads the file sets it.
	return fmt.Sprintf("mode %o, owner %d:%d, mtime %v, note %q", s.Mode, s.Uid, s.Gid, s.Mtim, note[:max(0, n)])
}

// Rule: names that lead to one file before lead to one file after, in whatever
// folders they are.
func TestHardLinksStayOneFile(t *testing.T) {
	tr := compiled.Pair(t)
	links := []string{"lib/libone.so.1", "other/place/libone.so"}
	for _, link := range links {
		if err := os.MkdirAll(filepath.Dir(tr.File(link)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(tr.File("lib/libone.so"), tr.File(link)); err != nil {
			t.Fatal(err)
		}
	}
	tr.Plan.Objects[0].Links = links
	applied, problems := applyTo(tr, Options{Jobs: 2})
	if len(problems) > 0 {
		t.Fatal(compiled.Describe(problems))
	}
	var s unix.Stat_t
	if err := unix.Stat(tr.File("lib/libone.so"), &s); err != nil || s.Nlink != 3 {
		t.Errorf("%v: %d names", err, s.Nlink)
	}
	for _, link := range links {
		if got := tr.Runpath(link); !slices.Equal(got, []string{"$ORIGIN"}) {
			t.Errorf("%s: %q", link, got)
		}
	}
	if got := applied.Edited[0].Links; !slices.Equal(got, []string{tr.File(links[0]), tr.File(links[1])}) {
		t.Errorf("links %q", got)
	}
}

// Rule: read-only files in read-only folders are edited, and both end as
// read-only as they were. Root needs no permission, so another user does it.
func TestReadOnlyFilesAndFolders(t *testing.T) {
	tr := compiled.Pair(t)
	binary := filepath.Join(t.TempDir(), "test")
	if err := os.Chmod(filepath.Dir(tr.Root), 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(binary, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := compiled.Child(binary, "TestChildApplies", tr.Root)
	cmd.Dir = "/"
	if os.Geteuid() == 0 {
		const nobody = 65534
		for _, path := range []string{tr.Root, tr.File("lib"), tr.File("lib/libone.so"), tr.File("lib/libtwo.so")} {
			if err := os.Chown(path, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	modes := map[string]os.FileMode{"lib/libone.so": 0o444, "lib/libtwo.so": 0o555, "lib": 0o555}
	for path, mode := range modes {
		if err := os.Chmod(tr.File(path), mode); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(tr.File("lib"), 0o755)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for path, mode := range modes {
		if info, err := os.Stat(tr.File(path)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", path, err, info.Mode())
		}
	}
	if got := tr.Runpath("lib/libone.so"); !slices.Equal(got, []string{"$ORIGIN"}) || len(tr.Litter()) > 0 {
		t.Errorf("%q, litter %q", got, tr.Litter())
	}
}

// Rule: on a disk that is full, at whatever point, all files stay old and
// nothing is left; with room enough, the same call does its work.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		testenv.Lacks(t, "mounting a small tmpfs needs root")
	}
	small := t.TempDir()
	if err := unix.Mount("tmpfs", small, "tmpfs", 0, "size=400k"); err != nil {
		testenv.Lacks(t, "mount: %v", err)
	}
	defer unix.Unmount(small, unix.MNT_DETACH)
	tr := compiled.Pair(t).CopyTo(small)
	before := tr.Snapshot()
	full := 0
	for kb := 400; kb >= 0; kb -= 12 {
		_ = os.WriteFile(tr.File("filler"), make([]byte, kb<<10), 0o600) // as much as fits
		_, problems := applyTo(tr, Options{Jobs: 2})
		_ = os.Remove(tr.File("filler"))
		if len(problems) == 0 {
			break
		}
		full++
		if !strings.Contains(problems[0].Hint, "disk is full") {
			t.Errorf("%d kB: %s", kb, compiled.Describe(problems))
		}
		if !maps.Equal(before, tr.Snapshot()) {
			t.Fatalf("%d kB: a file was changed", kb)
		}
	}
	if got := tr.Runpath("lib/libtwo.so"); full < 3 || !slices.Equal(got, []string{"$ORIGIN"}) {
		t.Errorf("full %d times, then %q", full, got)
	}
}

// Rule: what is written and what is reported do not depend on the number of jobs.
func TestJobsChangeNothing(t *testing.T) {
	pristine := compiled.HalfDone(t, "lib0.so", "lib1.so", "lib2.so")
	var trees []map[string]string
	var said []string
	broken := wrapped(t, `: > "$out"`)
	for _, jobs := range []int{1, 8} {
		tr := pristine.CopyTo(filepath.Join(t.TempDir(), "tree"))
		planAll(tr)
		_, failures := applyTo(tr, Options{Jobs: jobs, Patchelf: broken})
		applied, problems := applyTo(tr, Options{Jobs: jobs})
		var paths []string
		for _, f := range applied.Edited {
			paths = append(paths, f.Path)
		}
		text, err := json.Marshal([]any{failures, problems, paths})
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, strings.ReplaceAll(string(text), tr.Root, ""))
		trees = append(trees, tr.Snapshot())
	}
	if !maps.Equal(trees[0], trees[1]) {
		t.Error("the trees differ")
	}
	if said[0] != said[1] {
		t.Errorf("the reports differ:\n%s\n%s", said[0], said[1])
	}
}
