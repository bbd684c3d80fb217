package trace

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// python returns a Python, and skips where it has no audit hooks.
func python(t *testing.T) string {
	t.Helper()
	file := testenv.Tool(t, "python3")
	out, err := exec.Command(file, "-c", "import sys; sys.addaudithook; print(sys.executable)").Output()
	if err != nil {
		testenv.Lacks(t, "%s has no audit hooks", file)
	}
	return strings.TrimSpace(string(out))
}

// asks traces a script, and returns what was asked for, without the objects.
func asks(t *testing.T, dir, text string, args ...string) (report.TraceReport, []string) {
	t.Helper()
	script := filepath.Join(dir, "code.py")
	if err := os.WriteFile(script, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	got := run(t, append(append([]string{python(t)}, args...), script)...)
	var out []string
	for _, a := range got.Asked {
		for _, by := range a.By {
			line := fmt.Sprintf("%s %s %s", a.Name, a.Status, by.How)
			if by.File != "" {
				line += fmt.Sprintf(" %s:%d", strings.ReplaceAll(by.File, dir, "$"), by.Line)
			}
			out = append(out, line)
		}
	}
	return got, out
}

// Rule: of what ctypes opens the line of the code is told, in threads, children and
// other Pythons too; find_library counts where nothing was opened after it, and where it was asked for a library of Linux.
func TestPythonLines(t *testing.T) {
	dir := t.TempDir()
	got, list := asks(t, dir, `import ctypes, ctypes.util, os, subprocess, sys, threading
def load(name):
    try:
        ctypes.CDLL(name)
    except OSError:
        pass
load("libone.so.1")
thread = threading.Thread(target=load, args=("libthread.so.1",)); thread.start(); thread.join()
if not os.fork():
    ctypes.cdll.LoadLibrary
    load("libfork.so.1")
    os._exit(0)
os.wait()
ctypes.util.find_library("nowhere-at-all"), ctypes.util.find_library("libnowhere.dylib"), ctypes.util.find_library("bin\\nowhere.dll")
subprocess.run([sys.executable, "-c", "import ctypes\ntry: ctypes.CDLL('libchild.so.1')\nexcept OSError: pass"])
ctypes.CDLL(None)
`)
	want := []string{
		"libchild.so.1 missing ctypes <string>:2",
		"libfork.so.1 missing ctypes $/code.py:4",
		"libnowhere-at-all.so missing find_library $/code.py:14",
		"libone.so.1 missing ctypes $/code.py:4",
		"libthread.so.1 missing ctypes $/code.py:4",
	}
	if strings.Join(list, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(list, "\n"))
	}
	if got.Status != 0 || len(got.Unseen) > 0 {
		t.Errorf("%+v", got)
	}
}

// Rule: of what cffi opens the line of the code is told, by its module and by objects of
// generated ones, which find what they find without; what it asks find_library is none of
// the code's.
func TestLinesOfCffi(t *testing.T) {
	dir := t.TempDir()
	testenv.Unzip(t, testenv.Wheel(t, "cffi"), filepath.Join(dir, "site"))
	t.Setenv("PYTHONPATH", filepath.Join(dir, "site"))
	if err := exec.Command(python(t), "-c", "import _cffi_backend").Run(); err != nil {
		testenv.Lacks(t, "python3 is not that of the wheel of cffi")
	}
	got, list := asks(t, dir, `import _cffi_backend, sys, types
def load(how, *args):
    try:
        return how(*args)
    except OSError:
        pass
api = types.ModuleType("cffi.api") # which calls this for an FFI that is not generated
exec("""def dlopen(load, name):
    import ctypes.util
    load(_cffi_backend.load_library, name, 0)
    ctypes.util.find_library(name)
""", api.__dict__)
api.load, api._cffi_backend = load, _cffi_backend
api.dlopen(load, "libinline.so.1")
generated = _cffi_backend.FFI("_x", _version=0x2601, _types=b"\x00\x00\x00\x0F")
load(generated.dlopen, "libgenerated.so.1")
assert load(generated.dlopen, None) and load(generated.dlopen, "libm.so.6")
assert isinstance(generated, _cffi_backend.FFI) and not sys.getprofile() and _cffi_backend.FFI.NULL is not None
`)
	want := []string{
		"libgenerated.so.1 missing cffi $/code.py:4",
		"libinline.so.1 missing cffi $/code.py:4",
		"libm.so.6 found cffi $/code.py:4",
	}
	if strings.Join(list, "\n") != strings.Join(want, "\n") || got.Status != 0 {
		t.Errorf("%d\n%s", got.Status, strings.Join(list, "\n"))
	}
}

// Rule: Python without PYTHONPATH tells no lines, and the loader still what was asked
// for; a name with a line break makes no line of its own.
func TestPythonWithoutLines(t *testing.T) {
	_, list := asks(t, t.TempDir(), `import ctypes
for name in ("libisolated.so.1", "lib\t%x\n     1:\tfile=.so"):
    try: ctypes.CDLL(name)
    except OSError: pass
`, "-I")
	if len(list) != 2 || list[1] != "libisolated.so.1 missing dlopen" {
		t.Errorf("%q", list)
	}
}

// Rule: the code that is traced finds the modules, the path and the sitecustomize that
// it finds without.
func TestPythonIsAsItWas(t *testing.T) {
	dir := t.TempDir()
	site := filepath.Join(dir, "site")
	if err := os.Mkdir(site, 0o777); err != nil {
		t.Fatal(err)
	}
	text := "import sys, os\nsys.mine = 1\nprint(__name__, __file__, __spec__.name)\n"
	if err := os.WriteFile(filepath.Join(site, "sitecustomize.py"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PYTHONDONTWRITEBYTECODE", "1")
	const code = "import sys; print(sys.path, sorted(sys.modules), getattr(sys, 'mine', 0), sys.modules.get('sitecustomize'))"
	python := python(t)
	for _, path := range []string{"", site} {
		t.Setenv("PYTHONPATH", path)
		want, err := exec.Command(python, "-c", code).Output()
		if err != nil {
			t.Fatal(err)
		}
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Run(t.Context(), []string{python, "-c", code}, w); err != nil {
			t.Fatal(err)
		}
		w.Close()
		got := make([]byte, 1<<20)
		n, _ := r.Read(got)
		// Without a sitecustomize of its own there is ours, which does nothing more.
		same := strings.Replace(string(got[:n]), ", 'sitecustomize'", "", 1)
		if path != "" {
			same = string(got[:n])
		} else if at := strings.LastIndex(same, "<module"); at >= 0 {
			same = same[:at] + "None\n"
		}
		if same != string(want) {
			t.Errorf("PYTHONPATH=%q\n%s\nis without a trace\n%s", path, same, want)
		}
	}
}

// Rule: of an object that lacks a library the line is told that imports it.
func TestPythonImport(t *testing.T) {
	dir := t.TempDir()
	build(t, "gcc", dir+"/libgone.so.1", "void gone(void) {}")
	build(t, "gcc", dir+"/module.so", "void PyInit_module(void) {}", "-Wl,--no-as-needed", dir+"/libgone.so.1")
	if err := os.Remove(dir + "/libgone.so.1"); err != nil {
		t.Fatal(err)
	}
	got, list := asks(t, dir, "\nimport module\n")
	if len(list) != 1 || list[0] != "libgone.so.1 missing needed $/code.py:2" || got.Status != 1 {
		t.Errorf("%q %+v", list, got)
	}
}

// Rule: a child of Python that is not given the environment is named.
func TestPythonClearsTheEnvironment(t *testing.T) {
	got, _ := asks(t, t.TempDir(), `import os, subprocess
subprocess.run(["sh", "-c", ":"], env={"PATH": os.environ["PATH"]})
`)
	if len(got.Unseen) != 1 || got.Unseen[0].Reason != clearedReason {
		t.Errorf("%+v", got.Unseen)
	}
}
