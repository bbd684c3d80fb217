package nixlocate

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// locate puts a nix-locate into PATH that is this script of sh, and nothing else.
func locate(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nix-locate"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return dir
}

// Rule: one call for all names; what only depends on the package is left out; the output
// "out" is not said.
func TestPackagesByLibrary(t *testing.T) {
	dir := locate(t, `echo "$@" >>"${0%/*}/calls"
/bin/cat <<END
libfoo.out                                       13,000 x /nix/store/0000-libfoo-1/lib/libfoo.so.1
(big.pkgs.libfoo.out)                                 0 s /nix/store/1111-big/lib/libfoo.so.1
foo-split.lib                                         0 s /nix/store/2222-foo-split-lib/lib/libfoo.so.1
(hidden.out)                                      4,096 x /nix/store/3333-hidden/lib/libnone.so.2
bar.out                                           4,096 x /nix/store/3333-bar/lib/libbar+.so
unasked.out                                       4,096 x /nix/store/4444-unasked/lib/libother.so.1
END
`)
	got, err := Find(context.Background(), []string{"libfoo.so.1", "libbar+.so", "libnone.so.2", "lib'; rm -rf.so"})
	want := map[string][]string{"libfoo.so.1": {"foo-split.lib", "libfoo"}, "libbar+.so": {"bar"}}
	if err != nil || !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	calls, _ := os.ReadFile(filepath.Join(dir, "calls"))
	const call = "--regex --whole-name /lib/(libfoo\\.so\\.1|libbar\\+\\.so|libnone\\.so\\.2)\n"
	if string(calls) != call {
		t.Errorf("called with %q, want %q", calls, call)
	}
}

// Rule: a nix-locate that is not there, fails, has no end or says too much is no answer.
func TestNoAnswer(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Find(context.Background(), []string{"liba.so"}); !errors.Is(err, ErrNone) {
		t.Errorf("without nix-locate: %v", err)
	}
	for name, script := range map[string]string{
		"it fails":  "echo a.out 1 x /nix/store/0-a/lib/liba.so; exit 1",
		"no end":    "exec /bin/sleep 60",
		"endless":   "while :; do echo a.out 1 x /nix/store/0-a/lib/liba.so; done",
		"held open": "/bin/sleep 60 & exit 0",
	} {
		locate(t, script)
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		if name == "endless" {
			cancel()
			ctx, cancel = context.WithCancel(context.Background())
		}
		got, err := Find(ctx, []string{"liba.so"})
		cancel()
		if err == nil {
			t.Errorf("%s: %q and no error", name, got)
		} else if name == "endless" && !strings.Contains(err.Error(), "more than 1048576 bytes") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Rule: names that no library has are not asked for, nor more than fit one command line.
func TestBoundedQuestion(t *testing.T) {
	dir := locate(t, `echo "$3" >"${0%/*}/asked"`)
	if _, err := Find(context.Background(), []string{"lib\nx.so", "$(x)"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "asked")); err == nil {
		t.Error("asked for names that no library has")
	}
	if _, err := Find(context.Background(), slices.Repeat([]string{"liba.so"}, 1000)); err != nil {
		t.Fatal(err)
	}
	asked, _ := os.ReadFile(filepath.Join(dir, "asked"))
	if n := strings.Count(string(asked), "liba"); n != maxNames {
		t.Errorf("asked for %d names", n)
	}
}
