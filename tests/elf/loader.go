package elf

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// NewRoot makes a directory that stands for "/", with a name so short that the
// loader's own directories can be replaced by some beneath it.
func NewRoot(t testing.TB) string {
	t.Helper()
	root, err := os.MkdirTemp("/tmp", "e")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(root) })
	return root
}

// InstallGlibc copies the host's loader to /lib of the root and makes the given
// directories of the root its default ones, in place and of the same length.
func InstallGlibc(t testing.TB, root, host string, dirs []string) (loader string) {
	t.Helper()
	data, err := os.ReadFile(host)
	if err != nil {
		testenv.Lacks(t, "no glibc loader: %v", err)
	}
	table := regexp.MustCompile(`(/lib/[a-z0-9_]+-linux-gnu/)\x00(/usr/lib/[a-z0-9_]+-linux-gnu/)\x00/lib/\x00/usr/lib/\x00`)
	old := table.FindSubmatch(data)
	if old == nil {
		testenv.Lacks(t, "%s is not Debian's", host)
	}
	edited := "/NON/\x00/NON/LIB/\x00"
	for i := 2; i > 0; i-- {
		dir := "/NON"
		if i <= len(dirs) {
			dir = root + dirs[i-1]
		}
		pad := len(old[i]) - len(dir)
		if pad < 1 {
			t.Fatalf("%s is too long", dir)
		}
		edited = dir + strings.Repeat("/", pad) + "\x00" + edited
	}
	data = bytes.ReplaceAll(data, old[0], []byte(edited))
	data = bytes.ReplaceAll(data, []byte("/etc/ld.so.cache\x00"), []byte("/NON/ld.so.cache\x00"))
	return write(t, root+"/lib/"+filepath.Base(host), data)
}

// InstallMusl copies musl's loader, and the file that names its directories.
func InstallMusl(t testing.TB, root string, dirs []string) (loader string) {
	t.Helper()
	data, err := os.ReadFile("/lib/ld-musl-x86_64.so.1")
	if err != nil {
		testenv.Lacks(t, "no musl: %v", err)
	}
	path := ""
	for _, d := range dirs {
		path += root + d + "\n"
	}
	write(t, root+"/etc/ld-musl-x86_64.path", []byte(path))
	return write(t, root+"/lib/ld-musl-x86_64.so.1", data)
}

func write(t testing.TB, file string, data []byte) string {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, data, 0o755))
	return file
}

// An Answer is what a loader says of one object.
type Answer struct {
	Found    []string // "name => path", as loaded
	Missing  []string // names
	Fatal    string   // the complaint with which it gave up
	Versions []string // "version (required by object)"
	Raw      string

	// Unordered is set where an object has filters: the loader moves these before it
	// in the list that it prints, after it has mapped them.
	Unordered bool
}

var (
	foundLine   = regexp.MustCompile(`^\t(.*?)(?: => (.*))? \(0x[0-9a-f]+\)$`)
	missingLine = regexp.MustCompile(`^\t(.*) => not found$`)
	fatalLine   = regexp.MustCompile(`error while loading shared libraries: (.*)`)
	muslMissing = regexp.MustCompile(`^Error loading shared library (.*): (.*) \(needed by .*\)$`)
	versionLine = regexp.MustCompile(": version `(.*)' not found \\(required by (.*)\\)$")
)

// Ask runs the loader on an object, through an emulator where one is given, and
// returns what it says.
func Ask(libc ldso.Libc, emulator []string, loader, file string) Answer {
	a := Answer{Raw: trace(libc, emulator, loader, file)}
	for line := range strings.Lines(a.Raw) {
		line = strings.TrimSuffix(line, "\n")
		if m := foundLine.FindStringSubmatch(line); m != nil {
			if m[2] == "" {
				m[2] = m[1]
			}
			own := libc == ldso.Musl && len(a.Found) == 0 && m[1] == loader // it lists itself first
			if !own && !strings.HasPrefix(m[1], "linux-vdso") {
				a.Found = append(a.Found, m[1]+" => "+m[2])
			}
		} else if m := missingLine.FindStringSubmatch(line); m != nil {
			a.Missing = append(a.Missing, m[1])
		} else if m := muslMissing.FindStringSubmatch(line); m != nil {
			a.Missing = append(a.Missing, m[1])
		} else if m := versionLine.FindStringSubmatch(line); m != nil {
			a.Versions = append(a.Versions, m[1]+" (required by "+m[2]+")")
		} else if m := fatalLine.FindStringSubmatch(line); m != nil {
			a.Fatal = m[1]
		}
	}
	return a
}

// trace returns what a loader prints. glibc lists all that is missing only in its
// trace mode; --list stops at the first.
func trace(libc ldso.Libc, emulator []string, loader, file string) string {
	args := append(emulator, loader)
	if libc == ldso.Musl {
		args = append(args, "--list")
	}
	for {
		cmd := exec.Command(args[0], append(args[1:], file)...)
		cmd.Env = []string{"LC_ALL=C", "LD_TRACE_LOADED_OBJECTS=1"}
		if len(emulator) > 0 {
			// The emulator's own loader would heed it.
			cmd.Args = append([]string{emulator[0], "-E", "LD_TRACE_LOADED_OBJECTS=1"}, cmd.Args[1:]...)
			cmd.Env = cmd.Env[:1]
		}
		cmd.Dir = "/" // relative entries must not find anything by chance
		out, err := cmd.CombinedOutput()
		if status := (*exec.ExitError)(nil); err == nil || errors.As(err, &status) {
			return string(out)
		}
		// The loader was just written: a test beside this one may have been started
		// with the file still open (golang/go#22315).
		if !errors.Is(err, syscall.ETXTBSY) {
			return err.Error()
		}
	}
}
