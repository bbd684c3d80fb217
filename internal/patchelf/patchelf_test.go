package patchelf

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/patchelfs"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/written"
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

// Rule: 0.17 and 0.18 are known to be bad, and only they.
func TestKnownBadVersions(t *testing.T) {
	for version, bad := range map[string]bool{
		"0.14.3": false, "0.15.5": false, "0.16.1": false, "0.17.2": true, "0.17.0": true,
		"0.18.0": true, "0.18": true, "0.18.0.20240101.abcdef": true, "0.19.3": false, "0.180.0": false, "1.17": false,
	} {
		reason, got := (&Program{Version: version}).KnownBad()
		if got != bad {
			t.Errorf("%s: %v, want %v", version, got, bad)
		}
		if strings.Contains(reason, version) != bad {
			t.Errorf("%s: the reason is %q", version, reason)
		}
	}
}

// Rule: a missing program is an error that says what to install, or the path
// that was given, once; a program that does not answer as patchelf does is one
// that holds the first line of its answer.
func TestFindErrors(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var missing *MissingError
	if _, err := find(t, ""); !errors.As(err, &missing) || !strings.Contains(err.Error(), "nix-shell -p patchelf") {
		t.Errorf("empty PATH: %v", err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/nowhere/patchelf":  "--patchelf /nowhere/patchelf: no such file or directory",
		"/nowhere/a program": "--patchelf '/nowhere/a program': no such file or directory",
		"nosuch":             "--patchelf nosuch: executable file not found in $PATH",
		plain:                "--patchelf " + plain + ": permission denied",
	} {
		if _, err := find(t, path); !errors.As(err, &missing) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	other := script(t, "echo 'tar (GNU tar) 1.34'; echo 'Copyright'")
	var run *RunError
	want := "this is no patchelf: " + other + ` --version: "tar (GNU tar) 1.34"`
	if _, err := find(t, other); !errors.As(err, &run) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
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

// Rule: the flag is found in objects of both classes and byte orders.
func TestClearExecstackOfEveryMachine(t *testing.T) {
	for _, class := range []elf.Class{elf.ELFCLASS32, elf.ELFCLASS64} {
		for _, data := range []elf.Data{elf.ELFDATA2LSB, elf.ELFDATA2MSB} {
			o := written.Sample()
			o.Class, o.Data = class, data
			file := filepath.Join(t.TempDir(), "x")
			if err := os.WriteFile(file, written.Object(o), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := ClearExecstack(file); err != nil {
				t.Fatal(err)
			}
			o.ExecStack = false
			if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, written.Object(o)) {
				t.Errorf("%v %v: not the object without the flag, %v", class, data, err)
			}
		}
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

// Rule: a program that hangs is killed.
func TestHangingProgramIsKilled(t *testing.T) {
	input := compile(t)
	p := &Program{Path: script(t, "exec sleep 1000"), Limit: 200 * time.Millisecond}
	err := p.Write(t.Context(), input, input+".new", Edit{Interpreter: "/ld.so"})
	if !errors.Is(err, ErrTimeout) {
		t.Fatalf("%v", err)
	}
}

// Rule: a program that is killed, here since the run is called off, is killed
// with all that it started.
func TestKilledWithAllThatItStarted(t *testing.T) {
	input := compile(t)
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	// Only what the program started holds the FIFO open. Its end comes when that
	// is dead.
	p := &Program{Path: script(t, "(exec >"+fifo+"; echo started; sleep 20; echo lived on) & exec sleep 1000")}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("interrupted")
	said := make(chan string, 1)
	go func() {
		f, err := os.Open(fifo) // waits until it is opened for writing
		if err != nil {
			cancel(err)
			return
		}
		defer f.Close()
		r := bufio.NewReader(f)
		first, _ := r.ReadString('\n')
		cancel(why)
		rest, _ := io.ReadAll(r)
		said <- first + string(rest)
	}()
	if err := p.Write(ctx, input, input+".new", Edit{Interpreter: "/ld.so"}); !errors.Is(err, why) {
		t.Fatalf("%v", err)
	}
	if got := <-said; got != "started\n" {
		t.Errorf("what the program started wrote %q", got)
	}
}

// Rule: what a program has started and left behind is killed when the program ends, as
// it should or not.
func TestWhatIsLeftBehindIsKilled(t *testing.T) {
	for _, status := range []string{"0", "3"} {
		input := compile(t)
		fifo := filepath.Join(t.TempDir(), "fifo")
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		said := make(chan string, 1)
		go func() {
			text, _ := os.ReadFile(fifo) // until nobody holds it open
			said <- string(text)
		}()
		// The pipe of its output is held open too.
		p := &Program{Path: script(t, `cp "$0" "$4"; (exec 3>`+fifo+`; echo started >&3; sleep 20; echo lived on >&3) & sleep 0.3; exit `+status)}
		err := p.Write(t.Context(), input, input+".new", Edit{Interpreter: "/ld.so"})
		if run := (*RunError)(nil); (status == "0") != (err == nil) || err != nil && !errors.As(err, &run) {
			t.Errorf("status %s: %v", status, err)
		}
		if got := <-said; got != "started\n" {
			t.Errorf("status %s: what was left behind wrote %q", status, got)
		}
	}
}

// Rule: what has left the group of the program and holds its output open is not waited
// for.
func TestWhatHasLeftTheGroupIsNotWaitedFor(t *testing.T) {
	testenv.Tool(t, "setsid")
	input := compile(t)
	number := filepath.Join(t.TempDir(), "number")
	p := &Program{Path: script(t, `cp "$0" "$4"; setsid sh -c 'echo $$ >`+number+`.new; mv `+number+`.new `+number+`; exec sleep 1000' & while ! [ -e `+number+` ]; do sleep 0.1; done`)}
	if err := p.Write(t.Context(), input, input+".new", Edit{Interpreter: "/ld.so"}); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(number)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil { // it sleeps still
		t.Error(err)
	}
}

// Rule: one call for several files writes what a call for each writes, with every supported
// version.
func TestWriteAllIsWriteOfEach(t *testing.T) {
	inputs := []string{compile(t, "-Wl,-z,execstack", "-Wl,-rpath,/old"), compile(t), compile(t, "-shared", "-fPIC", "-Wl,-rpath,/a:/b:/c:/d:/e:/f:/g:/h")}
	edits := map[string]Edit{
		"path":              {Runpath: []string{"$ORIGIN/x", "/y"}},
		"forced":            {Runpath: []string{"/y"}, ForceRpath: true},
		"no path":           {Runpath: []string{}},
		"path and stack":    {Runpath: []string{"/y"}, ClearExecstack: true},
		"nothing but stack": {ClearExecstack: true},
	}
	for _, version := range append(append([]string{}, patchelfs.Good...), patchelfs.Bad...) {
		p := &Program{Path: patchelfs.Get(t, version)}
		for name, e := range edits {
			var files []File
			for i, in := range inputs {
				files = append(files, File{in, filepath.Join(t.TempDir(), fmt.Sprint(i))})
			}
			if err := p.WriteAll(t.Context(), files, e); err != nil {
				t.Errorf("%s, %s: %v", version, name, err)
				continue
			}
			for _, f := range files {
				if err := p.Write(t.Context(), f.In, f.Out+".alone", e); err != nil {
					t.Fatal(err)
				}
				together, err := os.ReadFile(f.Out)
				alone, err2 := os.ReadFile(f.Out + ".alone")
				if err != nil || err2 != nil || !bytes.Equal(together, alone) {
					t.Errorf("%s, %s: not equal, %v %v", version, name, err, err2)
				}
			}
		}
	}
}

// Rule: an output that is not a plain file of our own is an *OutputError.
func TestOutputIsAPlainFile(t *testing.T) {
	input := compile(t)
	for what, lines := range map[string]string{
		"nothing": `rm -f "$4"`, "a link": `ln -sf "$0" "$4"`, "a FIFO": `rm -f "$4"; mkfifo "$4"`, "a folder": `rm -f "$4"; mkdir "$4"`,
		"empty": `: >"$4"`, "unreadable": `cp "$0" "$4"; chmod 200 "$4"`, "read-only": `cp "$0" "$4"; chmod 400 "$4"`, "a hard link": `ln -f "$0" "$4"`,
	} {
		out := filepath.Join(t.TempDir(), "out")
		if err := os.WriteFile(out, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		p := &Program{Path: script(t, lines)}
		var output *OutputError
		if err := p.Write(t.Context(), input, out, Edit{Interpreter: "/ld.so"}); !errors.As(err, &output) || output.Path != out {
			t.Errorf("%s: %v", what, err)
		}
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

// compile compiles a program.
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

// Rule: malloc of the program takes memory in large steps, and of a user who has said how it
// takes it nothing is changed.
func TestMallocIsTuned(t *testing.T) {
	for own, want := range map[string]string{"": strings.TrimPrefix(tunables, "GLIBC_TUNABLES="), "glibc.malloc.check=0": "glibc.malloc.check=0"} {
		t.Setenv("GLIBC_TUNABLES", own)
		if own == "" {
			os.Unsetenv("GLIBC_TUNABLES")
		}
		input := compile(t)
		said := filepath.Join(t.TempDir(), "said")
		p := &Program{Path: script(t, `cp "$0" "$4"; printf %s "$GLIBC_TUNABLES" >`+said)}
		if err := p.Write(t.Context(), input, input+".new", Edit{Interpreter: "/ld.so"}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(said); err != nil || string(got) != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

// Rule: glibc's malloc knows the tunables: a program that fills 64 MiB has fewer page faults
// with them.
func TestTunablesAreGlibcs(t *testing.T) {
	text, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || strings.Contains(string(text), "[never]") {
		t.Log("the kernel has no huge pages")
		return
	}
	faults := func(env string) int64 {
		cmd := exec.Command(testenv.Tool(t, "python3"), "-c", "x = bytearray(b'x') * (64 << 20)")
		cmd.Env = append(os.Environ(), env)
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.SysUsage().(*syscall.Rusage).Minflt
	}
	if with, without := faults(tunables), faults("A=1"); with > without/2 {
		t.Errorf("%d page faults, %d without", with, without)
	}
}
