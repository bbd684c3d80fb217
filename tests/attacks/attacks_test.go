// Package attacks holds attacks on the program as a user runs it: one edit of
// something good, an attack a row, a table a kind and a file a table. Whatever a
// wheel, a tree or an object holds, the program must end with the exit status and
// the problems that the row names, touch nothing outside of what it was given, run
// nothing of it, and print no character that is not seen (design, section 7).
//
// What is right comes from APPNOTE.TXT, PEP 376, 427, 440, 491 and 627, the gABI and
// ld.so(8), not from what the program says. A row where the program is known to be
// wrong has a todo, and fails as soon as that is mended.
//
// Left out are random edits, which the fuzz targets make, and seconds.
package attacks

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/schema"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

func TestMain(m *testing.M) {
	status := testenv.Main(m)
	fmt.Printf("measured: %d attacks, %d todo\n", measured.Load(), todos.Load())
	os.Exit(status)
}

var measured, todos atomic.Int32

// An attack is one edit of something good, and what must come of it.
type attack struct {
	name string
	// edit writes the input below g.in and returns the command line.
	edit func(g *ground) []string
	// want are the problems of severity error, each a code or "code path": every one
	// must be there, and no other. One after a question mark may be there.
	want []string
	// said are lesser problems that must be there. Others may be.
	said []string
	// either are errors that may be there or not, with the exit status that goes with
	// them; check then says which is right.
	either []string
	// anything is set where the row is about what is touched, run and printed alone.
	anything bool
	// cannot is set where the program must end with status 2 and one line on stderr.
	cannot bool
	// check returns what else is wrong with the run.
	check func(g *ground, r result) []string
	// env is added to the environment.
	env []string
	// measured is set where the last line of stderr is to be the memory that was held.
	measured bool
	// limit is when a run is known to have no end, where the row is one to do.
	limit time.Duration
	// todo says why the program fails the row today.
	todo string
}

// A ground is the folder of one attack.
type ground struct {
	testing.TB
	top string // of the attack; all of it is watched
	in  string // what the program is given

	limit    time.Duration // of a run
	measured bool          // by measurer
}

// A result is what one run came to.
type result struct {
	status         int
	stdout, stderr string
	errors, others []string // "code path"
	problems       []problem
}

type problem struct {
	Code, Path, Message, Hint, Severity string
	Details                             []string
}

// attacks runs a table.
func attacks(t *testing.T, table []attack) {
	t.Helper()
	seen := map[string]bool{}
	for _, a := range table {
		if seen[a.name] {
			t.Errorf("%q: a row of that name is there already", a.name)
		}
		seen[a.name] = true
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			measured.Add(1)
			faults := a.run(newGround(t))
			switch {
			case a.todo == "" && len(faults) > 0:
				t.Error(strings.Join(faults, "\n"))
			case a.todo != "" && len(faults) == 0:
				t.Errorf("passes now: its todo is done (%s)", a.todo)
			case a.todo != "":
				todos.Add(1)
				t.Logf("todo: %s\n%s", a.todo, strings.Join(faults, "\n"))
			}
		})
	}
}

// newGround makes the folder of one attack, with files around what is given.
func newGround(t *testing.T) *ground {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g := &ground{TB: t, top: top, in: filepath.Join(top, "in")}
	for _, dir := range []string{"in", "cwd", "outside"} {
		if err := os.Mkdir(filepath.Join(top, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	g.write(filepath.Join(top, "outside", "file"), "outside\n")
	return g
}

// write makes a file and the folders above it.
func (g *ground) write(path, data string) {
	g.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(data), 0o666)); err != nil {
		g.Fatal(err)
	}
}

// program is the environment and the folder that the program runs in.
func (g *ground) program(ctx context.Context, args, env []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, testenv.Program(g), args...)
	if g.measured {
		cmd = exec.CommandContext(ctx, testenv.Tool(g, "python3"), append([]string{"-c", measurer, testenv.Program(g)}, args...)...)
	}
	cmd.Dir = filepath.Join(g.top, "cwd")
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "TMPDIR=" + cmd.Dir, "LC_ALL=C.UTF-8",
	}, env...)
	return cmd
}

// hang is after how long a run counts as one without an end.
const hang = 5 * time.Minute

// start runs the program.
func (g *ground) start(args, env []string) result {
	g.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(g.limit, hang))
	defer cancel()
	cmd := g.program(ctx, args, env)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		g.Fatal(err)
	}
	r := result{status: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	var report struct{ Problems []problem }
	if json.Unmarshal(stdout.Bytes(), &report) == nil {
		r.problems = report.Problems
		if err := schema.Check(stdout.Bytes()); err != nil && bytes.Contains(stdout.Bytes(), []byte(`"roots"`)) {
			g.Errorf("%v: %v", args, err)
		}
	}
	for _, p := range r.problems {
		if line := p.Code + " " + p.Path; p.Severity == "error" {
			r.errors = append(r.errors, line)
		} else {
			r.others = append(r.others, line)
		}
	}
	return r
}

// run makes the input, runs the program and returns what is wrong.
func (a attack) run(g *ground) (faults []string) {
	g.Helper()
	args := a.edit(g)
	before := g.snapshot(args)
	g.limit, g.measured = cmp.Or(a.limit, hang), a.measured
	r := g.start(args, a.env)
	after := g.snapshot(args)
	bad := func(format string, list ...any) { faults = append(faults, fmt.Sprintf(format, list...)) }
	want := 0
	if len(a.want) > 0 {
		want = 1
	}
	if a.cannot {
		want = 2
	}
	if len(a.want) == 0 && len(r.errors) > 0 && (a.anything || len(a.either) > 0) {
		want = 1
	}
	if r.status != want && !(a.anything && r.status == 2) {
		bad("exit status %d, want %d", r.status, want)
	}
	for _, w := range a.want {
		if w[0] != '?' && !slices.ContainsFunc(r.errors, func(got string) bool { return matches(w, got) }) {
			bad("no error %q", w)
		}
	}
	for _, got := range r.errors {
		if !a.anything && !slices.ContainsFunc(append(a.either, a.want...), func(w string) bool { return matches(w, got) }) {
			bad("an error that is none: %q", got)
		}
	}
	for _, w := range a.said {
		if !slices.ContainsFunc(r.others, func(got string) bool { return matches(w, got) }) {
			bad("no notice or warning %q among %q", w, r.others)
		}
	}
	faults = append(faults, differences(before, after)...)
	faults = append(faults, unprintable(r)...)
	if a.cannot && strings.Count(r.stderr, "\n") != 1 {
		bad("not one line on stderr")
	}
	if a.check != nil {
		faults = append(faults, a.check(g, r)...)
	}
	if len(faults) > 0 {
		bad("%q\nerrors %q\nothers %q", args, r.errors, r.others)
		if r.problems == nil {
			bad("stdout %.1000s", r.stdout)
		}
		bad("stderr %.1000s", r.stderr)
	}
	return faults
}

// matches reports whether a problem is the one wanted.
func matches(want, got string) bool {
	want = strings.TrimPrefix(want, "?")
	code, _, _ := strings.Cut(got, " ")
	return want == got || want == code
}

// unprintable returns what a terminal should not be shown, and signs of a crash.
func unprintable(r result) (faults []string) {
	for stream, text := range map[string]string{"stdout": r.stdout, "stderr": r.stderr} {
		for _, c := range text {
			if c != '\n' && (unicode.IsControl(c) || unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp)) {
				faults = append(faults, fmt.Sprintf("%s has the character %U", stream, c))
				break
			}
		}
		if strings.ToValidUTF8(text, "") != text {
			faults = append(faults, stream+" is not UTF-8")
		}
		if strings.Contains(text, "\ngoroutine ") || strings.Contains(text, "runtime error") {
			faults = append(faults, "a crash on "+stream)
		}
	}
	return faults
}

// A state is what a file is.
type state struct {
	Mode     fs.FileMode
	Modified time.Time
	Content  string
}

// small is the size up to which contents are compared.
const small = 1 << 20

// snapshot returns the state of each file of the attack: of all where the command
// only reads, else of those outside of the trees that it is given.
func (g *ground) snapshot(args []string) map[string]state {
	g.Helper()
	var given []string
	if args[0] == "patch" && !slices.Contains(args, "--dry-run") {
		for _, arg := range args[1:] {
			if strings.HasPrefix(arg, g.in+"/") {
				given = append(given, arg)
			}
		}
	}
	files := map[string]state{}
	err := filepath.WalkDir(g.top, func(path string, d fs.DirEntry, err error) error {
		if err != nil && os.IsPermission(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if slices.Contains(given, path) {
			return filepath.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		s := state{Mode: info.Mode()}
		switch {
		case info.Mode().IsRegular():
			s.Modified = info.ModTime()
			if info.Size() <= small {
				text, _ := os.ReadFile(path)
				s.Content = string(text)
			}
		case info.Mode()&fs.ModeSymlink != 0:
			s.Content, _ = os.Readlink(path)
		}
		files[path] = s
		return nil
	})
	if err != nil {
		g.Fatal(err)
	}
	return files
}

// differences returns what was made, removed or changed.
func differences(before, after map[string]state) (faults []string) {
	for path, s := range after {
		if old, ok := before[path]; !ok {
			faults = append(faults, "made "+path)
		} else if old != s {
			faults = append(faults, "changed "+path)
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			faults = append(faults, "removed "+path)
		}
	}
	return faults
}

// once makes a thing at the first call.
func once[T any](make func(t testing.TB) T) func(t testing.TB) T {
	var mu sync.Mutex
	var made *T
	return func(t testing.TB) T {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if made == nil {
			value := make(t)
			made = &value
		}
		return *made
	}
}
