// Package attacks holds what a hostile wheel may try, a table a kind, each attack
// with its code and exit status.
package attacks

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// marks is code that leaves a file named MARK. It calls no library: some of it runs
// before anything is relocated.
const marks = `
static void mark(void) {
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "0"(2L), "D"(MARK), "S"(0101L), "d"(0644L) : "rcx", "r11", "memory");
}
`

// program is the rest of a program, load that of one that loads its argument.
const (
	program = "int main(void) { return 0; }\n"
	load    = "#include <dlfcn.h>\nint main(int n, char **v) { return !dlopen(v[n - 1], RTLD_NOW); }\n"
)

// A loaderAttack is an object that runs code when it is started or loaded.
type loaderAttack struct {
	name string
	code string   // beside marks
	args []string // of gcc; OUT is the directory of the object

	// beside are objects of the same directory that hold the code in its place, each
	// made of marks and a constructor; script makes them shell scripts.
	beside []string
	script bool

	programs, libraries bool   // what it is made as
	problem             string // of check, for the program: "severity code"
	libraryProblem      string
	needsLoader         bool // only who knows the loader tells the problem: explain does not
	inert               bool // does not act even where it is started
}

const (
	constructor = "__attribute__((constructor)) static void run(void) { mark(); }\n"
	la          = constructor + "unsigned la_version(unsigned v) { mark(); return v; }\n"
)

func loaderAttacks() []loaderAttack {
	const origin = "-Wl,-rpath,$ORIGIN"
	const audited, ignored = "error audit-module", "notice audit-module"
	return []loaderAttack{
		{name: "constructor", code: constructor, programs: true, libraries: true},
		{name: "destructor", code: "__attribute__((destructor)) static void run(void) { mark(); }\n", programs: true, libraries: true},
		{name: "DT_INIT", code: "void run(void) { mark(); }\n", args: []string{"-Wl,-init,run"}, programs: true, libraries: true},
		{name: "DT_FINI", code: "void run(void) { mark(); }\n", args: []string{"-Wl,-fini,run"}, programs: true, libraries: true},
		{
			name: "DT_PREINIT_ARRAY", programs: true,
			code: "__attribute__((section(\".preinit_array\"), used)) static void (*run)(void) = mark;\n",
		},
		{
			name: "IFUNC with BIND_NOW", args: []string{"-Wl,-z,now"}, programs: true, libraries: true,
			code: "static int zero(void) { return 0; }\nstatic int (*choose(void))(void) { mark(); return zero; }\n" +
				"int chosen(void) __attribute__((ifunc(\"choose\")));\nint (*use)(void) = chosen;\n",
		},
		{
			name: "audit module by name", beside: []string{"libaud.so"}, args: []string{"-Wl,--audit,libaud.so", origin},
			programs: true, libraries: true, problem: audited, libraryProblem: ignored,
		},
		{
			name: "audit module by absolute path", beside: []string{"libaud.so"}, args: []string{"-Wl,--audit,OUT/libaud.so"},
			programs: true, libraries: true, problem: audited, libraryProblem: ignored,
		},
		{
			name: "audit module of a dependency", beside: []string{"libaud.so"}, args: []string{"-Wl,--depaudit,OUT/libaud.so"},
			programs: true, libraries: true, problem: audited, libraryProblem: ignored,
		},
		{
			name: "second of several audit modules", beside: []string{"libaud.so"}, args: []string{"-Wl,--audit,libno.so:OUT/libaud.so"},
			programs: true, libraries: true, problem: audited, libraryProblem: ignored,
		},
		{
			name: "audit module with another PT_INTERP", beside: []string{"libaud.so"}, programs: true, problem: audited,
			args: []string{"-Wl,--audit,OUT/libaud.so", "-Wl,--dynamic-linker,/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"},
		},
		{
			name: "a script as PT_INTERP", beside: []string{"ld.sh"}, script: true, programs: true, inert: true,
			args: []string{"-Wl,--dynamic-linker,OUT/ld.sh"}, // the kernel takes no script there; u-root would
		},
		{name: "a program as PT_INTERP", beside: []string{"ld-static"}, programs: true, args: []string{"-Wl,--dynamic-linker,OUT/ld-static"}},
		{name: "its own libc.so.6", beside: []string{"libc.so.6"}, programs: true, libraries: true, args: []string{origin}, inert: true, problem: "error bundled-libc", needsLoader: true},
		{name: "its own loader by name", beside: []string{"ld-linux-x86-64.so.2"}, programs: true, libraries: true, args: []string{origin, "-Wl,--no-as-needed", "-l:ld-linux-x86-64.so.2"}, inert: true},
		{name: "its own library", beside: []string{"libown.so"}, programs: true, libraries: true, args: []string{origin, "-Wl,--no-as-needed", "OUT/libown.so"}},
		{name: "its own filter", beside: []string{"libown.so"}, libraries: true, args: []string{origin, "-Wl,-f,libown.so"}},
	}
}

// make builds the object and what lies beside it, and returns its path.
func (a loaderAttack) make(t *testing.T, dir, mark string, library bool) string {
	t.Helper()
	gcc := func(out, code string, args ...string) {
		t.Helper()
		source := filepath.Join(t.TempDir(), "a.c")
		text := fmt.Sprintf("#define MARK %q\n%s", mark, marks+code)
		if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("gcc", append([]string{"-o", filepath.Join(dir, out), source}, args...)...)
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, said)
		}
	}
	for _, name := range a.beside {
		switch {
		case a.script:
			if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n>'"+mark+"'\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		case name == "ld-static":
			gcc(name, "void _start(void) { mark(); for (;;) __asm__ volatile(\"syscall\" :: \"a\"(231L), \"D\"(0L)); }\n", "-static-pie", "-fPIC", "-nostdlib", "-Wl,--no-dynamic-linker")
		default:
			gcc(name, la, "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,"+name)
		}
	}
	args := []string{}
	for _, arg := range a.args {
		args = append(args, strings.ReplaceAll(arg, "OUT", dir))
	}
	if library {
		gcc("libx.so", a.code, append([]string{"-shared", "-fPIC"}, args...)...)
		return filepath.Join(dir, "libx.so")
	}
	gcc("prog", a.code+program, args...)
	return filepath.Join(dir, "prog")
}

// acts reports whether the mark is there, and removes it.
func acts(mark string) bool { return os.Remove(mark) == nil }

// problems returns the problems that the program prints as JSON, and its exit status.
func problems(t *testing.T, args ...string) (list []string, status int) {
	t.Helper()
	cmd := exec.Command(testenv.Program(t), append(args, "--format", "json")...)
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Problems []struct{ Severity, Code string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	for _, p := range report.Problems {
		list = append(list, p.Severity+" "+p.Code)
	}
	return list, status
}

// Rule: nothing that a wheel brings is run, whatever the command: no code that the
// kernel or the loader runs of an object, of what it names or of what lies beside
// it. Each attack is seen to act where the object is started or loaded, last.
func TestTheLoaderRunsNothing(t *testing.T) {
	testenv.Tool(t, "gcc")
	testenv.Tool(t, "patchelf")
	if runtime.GOARCH != "amd64" {
		testenv.Lacks(t, "the code of the attacks is for x86_64")
	}
	exe := testenv.Program(t)
	for _, a := range loaderAttacks() {
		for kind, made := range map[string]bool{"program": a.programs, "library": a.libraries} {
			if !made {
				continue
			}
			t.Run(kind+": "+a.name, func(t *testing.T) {
				t.Parallel()
				dir, mark := t.TempDir(), filepath.Join(t.TempDir(), "mark")
				file := a.make(t, dir, mark, kind == "library")
				for _, args := range [][]string{
					{"verify", dir},
					{"explain", dir},
					{"check", dir},
					{"check", "--interpreter", compiled.HostLoader, dir},
					{"patch", "--record", "off", "--dry-run", dir},
				} {
					out, _ := exec.Command(exe, args...).CombinedOutput()
					if acts(mark) {
						t.Errorf("%q runs code of the wheel\n%s", args, out)
					}
				}
				want := a.problem
				if kind == "library" {
					want = a.libraryProblem
				}
				got, status := problems(t, "check", "--interpreter", compiled.HostLoader, dir)
				if strings.Join(got, ", ") != want || (status == 1) != strings.HasPrefix(want, "error") {
					t.Errorf("check: %q, status %d, want %q", got, status, want)
				}
				// explain stops nobody: what is an error elsewhere is a warning there.
				shown := strings.Replace(want, "error ", "warning ", 1)
				if told, _ := problems(t, "explain", dir); want != "" && !a.needsLoader && !slices.Contains(told, shown) {
					t.Errorf("explain: %q, want %q", told, shown)
				}
				if acts(mark) {
					t.Error("check or explain run code of the wheel")
				}
				cmd := exec.Command(file)
				if kind == "library" {
					cmd = exec.Command(loadProgram(t), file)
				}
				cmd.Dir = t.TempDir()
				out, err := cmd.CombinedOutput()
				if ran := acts(mark); ran == a.inert && want != "notice audit-module" {
					t.Errorf("the attack itself: ran %v\n%v %s", ran, err, out)
				}
				out, _ = exec.Command(exe, "patch", "--record", "off", "--interpreter", compiled.HostLoader, dir).CombinedOutput()
				if acts(mark) {
					t.Errorf("patch runs code of the wheel\n%s", out)
				}
			})
		}
	}
}

// loadProgram returns a program that loads its last argument.
func loadProgram(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "load")
	source := file + ".c"
	if err := os.WriteFile(source, []byte(load), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-o", file, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}
