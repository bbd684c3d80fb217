package patchelf

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/patchelfs"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: an edit is one command line; nothing to change is none at all.
func TestCommandIsOneCall(t *testing.T) {
	p := &Program{Path: "/bin/patchelf"}
	for name, c := range map[string]struct {
		edit Edit
		want string
	}{
		"nothing":          {Edit{}, ""},
		"stack alone":      {Edit{ClearExecstack: true}, ""},
		"interpreter":      {Edit{Interpreter: "/ld.so"}, "/bin/patchelf --set-interpreter /ld.so --output out in"},
		"runpath":          {Edit{Runpath: []string{"$ORIGIN", "/a"}}, "/bin/patchelf --set-rpath '$ORIGIN:/a' --output out in"},
		"rpath kept":       {Edit{Runpath: []string{"/a"}, ForceRpath: true}, "/bin/patchelf --force-rpath --set-rpath /a --output out in"},
		"runpath removed":  {Edit{Runpath: []string{}}, "/bin/patchelf --remove-rpath --output out in"},
		"flags come after": {Edit{Interpreter: "/l", Flags: []string{"--page-size", "65536"}}, "/bin/patchelf --set-interpreter /l --page-size 65536 --output out in"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Quote(p.Command("in", "out", c.edit)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Rule: 0.17 and 0.18 are suspicious, and only they.
func TestSuspiciousVersions(t *testing.T) {
	for version, bad := range map[string]bool{
		"0.14.3": false, "0.15.5": false, "0.16.1": false, "0.17.2": true, "0.17.0": true,
		"0.18.0": true, "0.18": true, "0.18.0.20240101.abcdef": true, "0.19.3": false, "0.180.0": false, "1.17": false,
	} {
		reason := (&Program{Version: version}).Suspicious()
		if (reason != "") != bad {
			t.Errorf("%s: %q", version, reason)
		}
		if bad && !strings.Contains(reason, version) {
			t.Errorf("%s: the reason does not name it: %q", version, reason)
		}
	}
}

// Rule: a missing program is an error that says what to install; a program that
// does not answer as patchelf does is one that holds what it printed.
func TestFindErrors(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var missing *MissingError
	if _, err := find(t, ""); !errors.As(err, &missing) || !strings.Contains(err.Error(), "nix-shell -p patchelf") {
		t.Errorf("empty PATH: %v", err)
	}
	if _, err := find(t, "/nowhere/patchelf"); !errors.As(err, &missing) || !strings.Contains(err.Error(), "/nowhere/patchelf") {
		t.Errorf("no such file: %v", err)
	}
	other := script(t, "echo 'tar (GNU tar) 1.34'")
	var run *RunError
	if _, err := find(t, other); !errors.As(err, &run) || !strings.Contains(err.Error(), "GNU tar") {
		t.Errorf("another program: %v", err)
	}
}

// Rule: every supported version writes interpreter, path and stack flag as
// asked in one call, and leaves its input alone.
func TestWriteWithEachVersion(t *testing.T) {
	input := compile(t, "-Wl,-z,execstack", "-Wl,-rpath,/old")
	before, err := os.ReadFile(input)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range append(append([]string{}, patchelfs.Good...), patchelfs.Bad...) {
		t.Run(version, func(t *testing.T) {
			p, err := find(t, patchelfs.Get(t, version))
			if err != nil {
				t.Fatal(err)
			}
			if version != patchelfs.System && p.Version != version {
				t.Errorf("version is %q", p.Version)
			}
			out := filepath.Join(t.TempDir(), "out")
			edit := Edit{Interpreter: "/lib/other.so", Runpath: []string{"$ORIGIN/x", "/y"}, ClearExecstack: true}
			if err := p.Write(context.Background(), input, out, edit); err != nil {
				t.Fatal(err)
			}
			text := readelf(t, out)
			for _, want := range []string{"/lib/other.so]", "runpath: [$ORIGIN/x:/y]", "GNU_STACK"} {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if stackIsExecutable(text) {
				t.Error("the stack is still executable")
			}
			if after, _ := os.ReadFile(input); !reflect.DeepEqual(before, after) {
				t.Error("the input was changed")
			}
		})
	}
}

// Rule: the stack's flag is cleared without any patchelf, and nothing else is
// changed by it.
func TestClearExecstackAlone(t *testing.T) {
	input := compile(t, "-Wl,-z,execstack")
	if !stackIsExecutable(readelf(t, input)) {
		t.Fatal("the compiler made no executable stack")
	}
	out := filepath.Join(t.TempDir(), "out")
	if err := (&Program{}).Write(context.Background(), input, out, Edit{ClearExecstack: true}); err != nil {
		t.Fatal(err)
	}
	if stackIsExecutable(readelf(t, out)) {
		t.Error("the stack is still executable")
	}
	before, _ := os.ReadFile(input)
	after, _ := os.ReadFile(out)
	differ := 0
	for i := range before {
		if before[i] != after[i] {
			differ++
		}
	}
	if differ != 1 || len(before) != len(after) {
		t.Errorf("%d bytes differ, sizes %d and %d", differ, len(before), len(after))
	}
}

// Rule: without PT_GNU_STACK there is no flag to clear, and that is said.
func TestClearExecstackNeedsTheHeader(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	for _, text := range []string{"", "no ELF", "\x7fELF", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 57)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var stack *StackError
		if err := ClearExecstack(file); !errors.As(err, &stack) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Rule: the error of a failing call holds its command line and its output, no
// matter how much it prints.
func TestRunErrorHoldsCommandAndOutput(t *testing.T) {
	p := &Program{Path: script(t, "echo to stdout; echo to stderr >&2; head -c 10000000 /dev/zero | tr '\\0' x; exit 3")}
	input := compile(t)
	err := p.Write(context.Background(), input, input+".new", Edit{Interpreter: "/ld.so"})
	var run *RunError
	if !errors.As(err, &run) {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"exit status 3", p.Path + " --set-interpreter /ld.so --output", "to stdout", "to stderr"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %.200s", want, err)
		}
	}
	if len(run.Output) > 16<<10 {
		t.Errorf("%d bytes of output", len(run.Output))
	}
}

// Rule: a program that hangs is killed with all that it started, and one that
// leaves its output open cannot make us wait.
func TestHangingProgramIsKilled(t *testing.T) {
	input := compile(t)
	mark := filepath.Join(t.TempDir(), "mark")
	p := &Program{Path: script(t, "(sleep 3; touch "+mark+") & sleep 1000"), Limit: 200 * time.Millisecond}
	err := p.Write(context.Background(), input, input+".new", Edit{Interpreter: "/ld.so"})
	if !errors.Is(err, ErrTimeout) {
		t.Fatalf("%v", err)
	}
	if out, err := exec.Command("pgrep", "-f", mark).Output(); err == nil {
		t.Errorf("still running: %s", out)
	}
}

// Rule: when the run is called off, so is the program.
func TestCancelledRun(t *testing.T) {
	input := compile(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("interrupted")
	time.AfterFunc(100*time.Millisecond, func() { cancel(why) })
	p := &Program{Path: script(t, "sleep 1000")}
	if err := p.Write(ctx, input, input+".new", Edit{Interpreter: "/ld.so"}); !errors.Is(err, why) {
		t.Fatalf("%v", err)
	}
}

// script makes a program of shell lines.
func script(t *testing.T, lines string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+lines+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// compile makes a program.
func compile(t *testing.T, flags ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	args := append([]string{"-x", "c", "-", "-o", file}, flags...)
	cmd := exec.Command(testenv.Tool(t, "gcc"), args...)
	cmd.Stdin = strings.NewReader("int main(void) { return 0; }")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

func readelf(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command(testenv.Tool(t, "readelf"), "-lWd", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func stackIsExecutable(text string) bool {
	_, rest, _ := strings.Cut(text, "GNU_STACK")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Contains(line, "RWE")
}

// find locates a program and reads its version.
func find(t *testing.T, path string) (*Program, error) {
	t.Helper()
	p, err := Locate(path)
	if err != nil {
		return nil, err
	}
	return p, p.ReadVersion(t.Context())
}
