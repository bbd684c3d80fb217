package pyload

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// names returns the libraries of a text, each with its line and call.
func names(text string) string {
	var out []string
	for _, l := range scanned(text) {
		out = append(out, fmt.Sprintf("%s:%d %s", l.Soname, l.Line, l.Call))
	}
	return strings.Join(out, ", ")
}

// Rule: what another platform runs names nothing, however code asks for the platform.
func TestOtherPlatforms(t *testing.T) {
	for _, dead := range []string{
		"sys.platform == 'darwin'", "_sys.platform == \"win32\"", "'Windows' == platform.system()", "os.name == 'nt'",
		"sys.platform in ('win32', 'cygwin')", "sys.platform.startswith('win')", "sys.platform.startswith(('win', 'cygwin'))",
		"platform.system().lower() == 'windows'", "sys.platform[:3] == 'win'", "sys.platform != 'linux'", "not sys.platform == 'linux'",
		"os.name != 'posix'", "(os.name == 'nt')", "os.name == 'nt' or sys.platform == 'darwin'", "os.name == 'nt' and x", "x and os.name == 'nt'",
		"'darwin' in sys.platform", "sys.platform not in ('linux',)", "hasattr(ctypes, 'windll')", "hasattr(sys, 'getwindowsversion')",
		"os.uname()[0] == 'Darwin'", "platform.uname().system == 'Windows'", "WINDOWS", "system == 'Windows'", "not POSIX",
	} {
		const head = "import ctypes\nWINDOWS = os.name == 'nt'\nsystem = platform.system()\nPOSIX = not WINDOWS\n"
		for form, want := range map[string]string{
			"if %s:\n  CDLL('libdead.so')\n":                                                   "",
			"if %s: CDLL('libdead.so')\n":                                                      "",
			"if %s:\n  CDLL('libdead.so')\nelse:\n  CDLL('liblive.so')\n":                      "liblive.so:8 CDLL",
			"if x:\n  CDLL('libx.so')\nelif %s:\n  CDLL('libdead.so')\nCDLL('liblive.so')\n":   "libx.so:6 CDLL, liblive.so:9 CDLL",
			"if not (%s):\n  CDLL('liblive.so')\nelif x:\n  CDLL('libdead.so')\nelse: 'x'\n":   "liblive.so:6 CDLL",
			"if %s:\n  if x:\n    CDLL('libdead.so')\n  else:\n    CDLL('libdead.so')\n":       "",
			"def f():\n\tif %s:\n\t\treturn CDLL('libdead.so')\n\treturn CDLL('liblive.so')\n": "liblive.so:8 CDLL",
		} {
			if got := names(head + fmt.Sprintf(form, dead)); got != want {
				t.Errorf(form+"names %q, want %q", dead, got, want)
			}
		}
	}
	for _, live := range []string{
		"sys.platform == 'linux'", "sys.platform.startswith('linux')", "os.name == 'posix'", "platform.system() == 'Linux'",
		"platform.machine() == 'x86_64'", "x", "sys.platform in PLATFORMS", "x or os.name == 'nt'", "sys.platform == 'linux2'",
		"a.platform == 'win32'", "self.name == 'nt'", "name == 'nt'",
	} {
		if got := names("ctypes\nif " + live + ":\n  CDLL('liblive.so')\n"); got != "liblive.so:3 CDLL" {
			t.Errorf("%s: %q", live, got)
		}
	}
}

// Rule: docstrings and comments name nothing, whatever is in them.
func TestNoCode(t *testing.T) {
	text := `"""CDLL("libdoc.so")"""
import ctypes  # CDLL("libcomment.so")
def f():
    'libdoc.so'
    r'''a "libdoc.so" b
    CDLL('libdoc.so')
    '''
    x = 1  # 'libcomment.so'
    "lib" "doc.so"
# CDLL("libcomment.so")
ctypes.CDLL("liblive.so")
`
	if got := names(text); got != "liblive.so:11 CDLL" {
		t.Error(got)
	}
}

// Rule: names reach a call through constants, loops, functions of the file and other names
// of the loaders; of the names that one call tries the first that Linux has counts.
func TestNamesOnTheirWay(t *testing.T) {
	for text, want := range map[string]string{
		"NAME = 'libfoo.so.1'\nctypes.CDLL(NAME)":                                                                                              "libfoo.so.1:2 CDLL",
		"NAME: str = 'libfoo.so.1'\nctypes.CDLL(NAME)":                                                                                         "libfoo.so.1:2 CDLL",
		"for n in ('foo', 'foo.dll', 'libfoo.dylib'):\n  n = _find_library(n)\n  ffi.dlopen(n)":                                                "libfoo.so:2 find_library",
		"NAMES = ['libfoo.so.2', 'libfoo.so.1']\nfor n in NAMES:\n  CDLL(n)":                                                                   "libfoo.so.2:3 CDLL",
		"from ctypes.util import find_library as fl\nfl('foo')":                                                                                "libfoo.so:2 find_library",
		"def load(name):\n  return ctypes.CDLL(name)\nload('libfoo.so.1')":                                                                     "libfoo.so.1:3 CDLL",
		"def _dlopen(ffi, *names):\n  for name in names:\n    return ffi.dlopen(name)\nx = _dlopen(ffi, 'foo-0', 'libfoo.so.0', 'libfoo.dll')": "libfoo.so.0:4 dlopen",
		"ctypes.CDLL(find_library('foo') or 'libfoo.so.1')":                                                                                    "libfoo.so:1 find_library, libfoo.so.1:1 CDLL",
		"ffi.dlopen(name='libfoo.so')":                                                                                                         "libfoo.so:1 dlopen",
		"ffi.dlopen('foo')":                                                                                                                    "libfoo.so:1 dlopen",
		"CDLL('foo'); CDLL('foo.dll'); windll.LoadLibrary('libfoo.dll')":                                                                       "",
		"CDLL('/usr/lib/libfoo.so'); CDLL(f'lib{x}.so'); CDLL('lib%s.so' % x); CDLL('lib\\x41.so')":                                            "",
		"LIBS = {'linux': 'libfoo.so.1', 'win32': 'foo.dll'}":                                                                                  "libfoo.so.1:1 name",
		"CDLL(\n  # which\n  'libfoo.so'\n)":                                                                                                   "libfoo.so:1 CDLL",
	} {
		if got := names("import ctypes\n" + text); got != shift(want) {
			t.Errorf("%s\nnames %q, want %q", text, got, shift(want))
		}
	}
}

// shift adds one to the line numbers of what is wanted, for the import above.
func shift(want string) string {
	for n := 8; n > 0; n-- {
		want = strings.ReplaceAll(want, fmt.Sprintf(":%d ", n), fmt.Sprintf(":%d ", n+1))
	}
	return want
}

// Rule: an edit replaces one piece of the text, and the code then opens the path.
func TestEdits(t *testing.T) {
	for text, want := range map[string]string{
		"p = ctypes.util.find_library('foo')": "p = '/P'",
		`p = find_library("foo")`:             `p = "/P"`,
		"CDLL('libfoo.so.1')":                 "CDLL('/P')",
		"CDLL('libfoo.so.1', mode=3)":         "CDLL('/P', mode=3)",
		"CDLL(b'libfoo.so.1')":                "CDLL(b'/P')",
		"N = 'libfoo.so.1'; CDLL(N)":          "N = '/P'; CDLL(N)",
		"N = 'foo'; find_library(N)":          "N = 'foo'; '/P'",
		"CDLL('libfoo.so.1', 'libfoo.so.1')":  "",
		"find_library(\n'foo')":               "",
		"find_library('foo', 1)":              "",
	} {
		l := scanned("import ctypes\n" + text)
		if len(l) != 1 {
			t.Fatalf("%s: %+v", text, l)
		}
		got := ""
		if e := l[0].Edit; e.Old != "" {
			got = strings.ReplaceAll(text, e.Old, e.New("/P"))
		}
		if got != want {
			t.Errorf("%s becomes %s, want %s", text, got, want)
		}
	}
}

// Rule: a file that is imported on another platform only loads nothing, by whatever
// form of import, in a wheel and in a tree.
func TestModulesOfOtherPlatforms(t *testing.T) {
	for _, prefix := range []string{"", "lib/python3.11/site-packages/", "pkg-1.data/purelib/"} {
		var files []File
		for _, f := range [][2]string{
			{"pkg/__init__.py", "import sys\nif sys.platform == 'darwin':\n  from pkg.core import *\n  from . import wasapi\n  from pkg import wasapi\n  from .both import x\nelse:\n  from .pulse import *\n  from .both import x\n"},
			{"pkg/sub/__init__.py", "import sys\nif sys.platform == 'win32':\n  from pkg import sub, core\nffi.dlopen('sub')"},
			{"pkg/core.py", "ffi.dlopen('CoreAudio')"},
			{"pkg/wasapi.py", "ffi.dlopen('ole32')"},
			{"pkg/both.py", "ffi.dlopen('both')"},
			{"pkg/pulse.py", "ffi.dlopen('pulse')"},
		} {
			open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f[1])), nil }
			files = append(files, File{prefix + f[0], int64(len(f[1])), open})
		}
		loads, err := Read(t.Context(), files, 2)
		if err != nil || len(loads) != 3 || loads[0].Soname != "libsub.so" || loads[1].Soname != "libboth.so" || loads[2].Soname != "libpulse.so" {
			t.Errorf("%q: %v %+v", prefix, err, loads)
		}
	}
}

// Rule: the strings of a file are those that Python's own tokenizer has, each at its
// place.
func TestStringsArePythons(t *testing.T) {
	python := testenv.Tool(t, "python3")
	out, err := exec.Command(python, "-c", `import os; print(os.path.dirname(os.__file__))`).Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(strings.TrimSpace(string(out)) + "/*.py")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	files = files[:50]
	const code = `import sys, tokenize
for name in sys.argv[1:]:
    with open(name, "rb") as f:
        for t in tokenize.tokenize(f.readline):
            if t.type == tokenize.STRING:
                print(name, *t.start)
`
	cmd := exec.Command(python, append([]string{"-c", code}, files...)...)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var want []string
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		want = append(want, lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		l := lexer{text: string(text)}
		for line, ok := l.next(); ok; line, ok = l.next() {
			for _, tok := range line.tokens {
				if tok.kind == stringToken {
					before := string(text[:tok.start])
					column := []rune(before[strings.LastIndex(before, "\n")+1:])
					got = append(got, fmt.Sprintf("%s %d %d", file, 1+strings.Count(before, "\n"), len(column)))
				}
			}
		}
	}
	if len(want) < 1000 || !slices.Equal(got, want) {
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("%d strings, Python has %d; %s, Python has %s", len(got), len(want), got[i], want[i])
			}
		}
		t.Fatalf("%d strings, Python has %d", len(got), len(want))
	}
}

// FuzzScan reads anything as code: each library has a line of the file, and each edit a
// piece of it; a line put before moves lines and nothing else.
func FuzzScan(f *testing.F) {
	for _, text := range []string{
		"import ctypes\nif sys.platform == 'win32':\n  CDLL('a.dll')\nelse:\n  CDLL('liba.so')\n",
		"def f(*names):\n for n in names: dlopen(n)\nf('liba.so', \"\"\"libb.so\"\"\")\nx = ('a', ('libc.so',)); find_library(x)",
		"ctypes\nx = (x, x)\nx = [x, 'liba.so', x]\nCDLL(x)\nfrom .. import a as b, (c)\nif (not (a or b and", "find_library(f'{\\", "a\\\r\n#\f\t'",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		loads, other, live := scan("pkg/p.py", []byte(text))
		last := strings.Count(text, "\n") + 1
		for _, l := range loads {
			if l.Line < 1 || l.Line > last || l.Soname == "" || len(l.Names) == 0 || l.Names[0] != l.Soname || !strings.Contains(text, l.Edit.Old) {
				t.Errorf("%+v", l)
			}
			if strings.ContainsAny(l.Soname, "/\n ") {
				t.Errorf("%q", l.Soname)
			}
		}
		moved, other2, live2 := scan("pkg/p.py", []byte("# a line\n"+text))
		if len(moved) != len(loads) || !slices.Equal(other, other2) || !slices.Equal(live, live2) {
			t.Errorf("%+v and %+v", loads, moved)
		}
		for i := range min(len(moved), len(loads)) {
			if moved[i].Line != loads[i].Line+1 || moved[i].Soname != loads[i].Soname {
				t.Errorf("%+v and %+v", loads[i], moved[i])
			}
		}
	})
}

// Rule: hostile code costs little: names that stand for one another, calls of many
// arguments, brackets without an end. The bound is on what is kept, not on the clock.
func TestScanIsBounded(t *testing.T) {
	double := "import ctypes\nx = 'liba.so'\n" + strings.Repeat("x = (x, x)\n", 100)
	many := double + strings.Repeat("CDLL("+strings.Repeat("x,", 900)+")\n", 500)
	open := "import ctypes\n" + strings.Repeat("CDLL((", 100000)
	nots := "import ctypes\nif " + strings.Repeat("not (", 100000) + "x"
	names := "import ctypes\n"
	for i := range 20000 {
		names += fmt.Sprintf("y = 'lib%d.so'\n", i)
	}
	for _, text := range []string{double, many, open, nots, names} {
		s := scanned(text)
		if len(s) > maxLoads {
			t.Errorf("%d loads", len(s))
		}
		for _, l := range s {
			if len(l.Names) > maxStrings {
				t.Errorf("%d names", len(l.Names))
			}
		}
	}
}
