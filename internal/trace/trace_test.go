package trace

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// build compiles a program, or a library where the name is that of one.
func build(t *testing.T, compiler, file, source string, args ...string) string {
	t.Helper()
	if strings.Contains(filepath.Base(file), ".so") {
		args = append(args, "-shared", "-fPIC", "-Wl,-soname,"+filepath.Base(file))
	}
	cmd := exec.Command(testenv.Tool(t, compiler), append([]string{"-o", file, "-x", "c", "-", "-x", "none"}, args...)...)
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

// run traces a command.
func run(t *testing.T, args ...string) report.TraceReport {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	r, err := Run(t.Context(), args, null)
	if err != nil {
		t.Fatal(err)
	}
	return *r.Trace
}

// lines says in a line each what was asked for, paths below dir as $.
func lines(list []report.AskedReport, dir string) []string {
	var out []string
	for _, a := range list {
		line := fmt.Sprintf("%s %s", a.Name, a.Status)
		if a.Path != "" {
			line += " " + a.Path
		}
		for _, by := range a.By {
			line += fmt.Sprintf(" | %s %s", by.How, by.Object)
			if by.File != "" {
				line += fmt.Sprintf(" %s:%d", by.File, by.Line)
			}
		}
		out = append(out, strings.ReplaceAll(line, dir, "$"))
	}
	return out
}

func expect(t *testing.T, got report.TraceReport, dir string, want ...string) {
	t.Helper()
	if !slices.Equal(lines(got.Asked, dir), want) {
		t.Errorf("asked for\n  %s\nand not for\n  %s", strings.Join(lines(got.Asked, dir), "\n  "), strings.Join(want, "\n  "))
	}
}

// opener opens the libraries that it is given, by dlopen.
const opener = `#include <dlfcn.h>
int main(int argc, char **argv) { for (int i = 1; i < argc; i++) dlopen(argv[i], RTLD_NOW); return 0; }
`

// Rule: what dlopen is given is told, with the object that calls it and the file it
// leads to; a DT_NEEDED is told where it is missing, and a path likewise.
func TestDlopen(t *testing.T) {
	dir := t.TempDir()
	lib := filepath.Join(dir, "lib")
	if err := os.Mkdir(lib, 0o777); err != nil {
		t.Fatal(err)
	}
	build(t, "gcc", lib+"/libgone.so.1", "void gone(void) {}")
	build(t, "gcc", lib+"/libhalf.so.1", "void half(void) {}", "-Wl,--no-as-needed", lib+"/libgone.so.1")
	if err := os.Remove(lib + "/libgone.so.1"); err != nil {
		t.Fatal(err)
	}
	build(t, "gcc", lib+"/libwhole.so.1", "void whole(void) {}")
	prog := build(t, "gcc", dir+"/prog", opener, "-Wl,-rpath,"+lib)
	got := run(t, prog, "libwhole.so.1", "libhalf.so.1", "libnone.so.1", lib+"/libwhole.so.1", lib+"/libno.so", "libwhole.so.1")
	expect(t, got, dir,
		"$/lib/libno.so missing | dlopen $/prog",
		"libgone.so.1 missing | needed $/lib/libhalf.so.1",
		"libhalf.so.1 found $/lib/libhalf.so.1 | dlopen $/prog",
		"libnone.so.1 missing | dlopen $/prog",
		"libwhole.so.1 found $/lib/libwhole.so.1 | dlopen $/prog",
	)
	if got.Status != 0 || len(got.Unseen) > 0 {
		t.Errorf("%+v", got)
	}
	first := got.Asked[3].Searched[0]
	if first != (report.PlaceReport{Via: "runpath", Object: prog, Path: lib}) && first.Via != "rpath" {
		t.Errorf("searched %+v", got.Asked[3].Searched)
	}
}

// Rule: a file that the loader does not take is told as such: one that is no library,
// one that is loaded already under another name, one that dlopen only asks about.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	build(t, "gcc", dir+"/libreal.so.1", "void real(void) {}")
	for name, text := range map[string]string{"libtext.so": "no library", "libempty.so": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, link := range []string{"libother.so", "libasked.so"} {
		if err := os.Symlink("libreal.so.1", filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	prog := build(t, "gcc", dir+"/prog", `#include <dlfcn.h>
int main(int argc, char **argv) {
	dlopen("libasked.so", RTLD_NOW | RTLD_NOLOAD);
	dlopen("libtext.so", RTLD_NOW);
	dlopen("libempty.so", RTLD_NOW);
	dlopen("libreal.so.1", RTLD_NOW);
	dlopen("libother.so", RTLD_NOW);
	dlopen(argv[1], RTLD_NOW);
	return 0;
}`, "-Wl,-rpath,"+dir)
	// By the path of another name of it, too.
	expect(t, run(t, prog, dir+"/libother.so"), dir,
		"libasked.so refused $/libasked.so | dlopen $/prog",
		"libempty.so refused $/libempty.so | dlopen $/prog",
		"libother.so found $/libreal.so.1 | dlopen $/prog",
		"libreal.so.1 found $/libreal.so.1 | dlopen $/prog",
		"libtext.so refused $/libtext.so | dlopen $/prog",
	)
}

// Rule: children count, whether they run another program or go on as they are, and
// threads too.
func TestForksAndThreads(t *testing.T) {
	dir := t.TempDir()
	prog := build(t, "gcc", dir+"/prog", `#include <dlfcn.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
static void *open_it(void *name) { return dlopen(name, RTLD_NOW); }
int main(int argc, char **argv) {
	if (argc > 1) { open_it("libexec.so.1"); return 0; }
	pthread_t t[8];
	for (int i = 0; i < 8; i++) pthread_create(&t[i], 0, open_it, i % 2 ? "libodd.so.1" : "libeven.so.1");
	for (int i = 0; i < 8; i++) pthread_join(t[i], 0);
	if (!fork()) {
		open_it("libfork.so.1");
		if (!fork()) execl(argv[0], argv[0], "x", (char *)0);
		wait(0);
		_exit(0);
	}
	wait(0);
	return 0;
}`, "-pthread")
	expect(t, run(t, prog), dir,
		"libeven.so.1 missing | dlopen $/prog",
		"libexec.so.1 missing | dlopen $/prog",
		"libfork.so.1 missing | dlopen $/prog",
		"libodd.so.1 missing | dlopen $/prog",
	)
}

// Rule: the status of the command is told, and a signal that ended it.
func TestStatus(t *testing.T) {
	if got := run(t, "sh", "-c", "exit 3"); got.Status != 3 || got.Signal != "" || !got.Failed() {
		t.Errorf("%+v", got)
	}
	if got := run(t, "sh", "-c", "kill -KILL $$"); got.Status != -1 || got.Signal != "killed" || !got.Failed() {
		t.Errorf("%+v", got)
	}
}

// Rule: a command that goes on when the run is to end is told to end, and what it asked
// for is told.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	prog := build(t, "gcc", dir+"/prog", `#include <dlfcn.h>
#include <unistd.h>
int main(void) { dlopen("libslow.so.1", RTLD_NOW); write(1, "x", 1); for (;;) pause(); }`)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		_, _ = r.Read(make([]byte, 1))
		cancel()
	}()
	got, err := Run(ctx, []string{prog}, w)
	if err != nil {
		t.Fatal(err)
	}
	if got.Trace.Signal != "terminated" || len(got.Trace.Asked) != 1 {
		t.Errorf("%+v", got.Trace)
	}
}

// Rule: programs that no loader of glibc reports of are named with the reason; a
// command of musl is refused before it runs.
func TestUnseen(t *testing.T) {
	dir := t.TempDir()
	static := build(t, "gcc", dir+"/static", "int main(void) { return 0; }", "-static")
	pie := build(t, "gcc", dir+"/pie", "int main(void) { return 0; }", "-static-pie")
	sleeper := "#include <unistd.h>\nint main(void) { usleep(300000); return 0; }"
	glibc := build(t, "gcc", dir+"/glibc", sleeper)
	musl := build(t, "musl-gcc", dir+"/musl", sleeper)
	setuid := build(t, "gcc", dir+"/setuid", sleeper)
	if err := os.Chmod(setuid, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!"+static+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args            []string
		program, reason string
	}{
		{[]string{static}, static, staticReason},
		{[]string{pie}, pie, staticReason},
		{[]string{script}, script, staticReason},
		{[]string{setuid}, setuid, setuidReason},
		{[]string{"sh", "-c", setuid + "; :"}, setuid, setuidReason},
		{[]string{"sh", "-c", musl + "; :"}, musl, muslReason},
		{[]string{"env", "-i", glibc}, glibc, clearedReason},
		{[]string{"env", "-i", "A=b", "sh", "-c", glibc + "; :"}, glibc, clearedReason},
	} {
		got := run(t, c.args...)
		if !slices.Contains(got.Unseen, report.UnseenReport{Program: c.program, Reason: c.reason}) {
			t.Errorf("%q: not seen are %+v", c.args, got.Unseen)
		}
	}
	if _, err := Run(t.Context(), []string{musl}, os.Stderr); err == nil || !strings.Contains(err.Error(), "nothing was run") {
		t.Errorf("musl: %v", err)
	}
	if _, err := Run(t.Context(), []string{"no-such-program"}, os.Stderr); err == nil {
		t.Error("a command that is not there")
	}
}

// Rule: the folder of a run is gone after it.
func TestLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	run(t, "sh", "-c", ":")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
}
