package testenv

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestStoreLoaderSearchesTheStoreAlone(t *testing.T) {
	// Rule: the loader finds libc in the store, and not what only the host has.
	s := HostStore(t)
	prog := filepath.Join(t.TempDir(), "prog")
	source := strings.NewReader("int main(void) { return 0; }")
	cmd := exec.Command("gcc", "-o", prog, "-x", "c", "-", "-Wl,--no-as-needed", "-l:libz.so.1")
	cmd.Stdin = source
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(s.Loader, "--list", prog).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "libz.so.1: cannot open shared object file") {
		t.Errorf("libz of the host: %v\n%s", err, out)
	}
	cmd = exec.Command(s.Loader, "--list", prog)
	cmd.Env = []string{"LD_LIBRARY_PATH=" + s.Libs}
	out, err = cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "=> "+s.LibcDir+"/libc.so.6") || !strings.Contains(string(out), "=> "+s.Libs+"/libz.so.1") {
		t.Errorf("with the store's libraries: %v\n%s", err, out)
	}
}

func TestInstallMovesDataAndKeepsRecordTrue(t *testing.T) {
	// Rule: name.data is moved to its places, and RECORD's rows with it.
	for member, want := range map[string]string{
		"pkg/mod.so":                 "pkg/mod.so",
		"pkg-1.data/scripts/tool":    "../../../bin/tool",
		"pkg-1.data/data/lib/x.so":   "../../../lib/x.so",
		"pkg-1.data/platlib/p/x.so":  "p/x.so",
		"pkg-1.data/headers/x/y.h":   "../../../include/pkg/x/y.h",
		"pkg-1.dist-info/RECORD":     "pkg-1.dist-info/RECORD",
		"pkg-1.data/purelib/a/b.txt": "a/b.txt",
	} {
		if got := installedName(member); got != want {
			t.Errorf("%s goes to %s, want %s", member, got, want)
		}
	}
}
