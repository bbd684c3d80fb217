package wheels_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/schema"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// A ground is what all real-wheel tests share: the program, and a loader that
// searches a store alone.
type ground struct {
	program string
	store   *testenv.Store
}

func newGround(t *testing.T) *ground {
	if testing.Short() {
		t.Skip("real wheels are long")
	}
	testenv.Tool(t, "patchelf")
	return &ground{testenv.Program(t), testenv.HostStore(t)}
}

// A run is one call of the program with --format json.
type run struct {
	report report.Report
	status int
	stderr string
}

func (g *ground) run(t *testing.T, command string, args ...string) run {
	t.Helper()
	args = append([]string{command, "--format", "json", "--interpreter", g.store.Loader, "--libc", g.store.LibcDir, "--lib", g.store.Libs}, args...)
	cmd := exec.Command(g.program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, isExit := err.(*exec.ExitError); err != nil && !isExit {
		t.Fatal(err)
	}
	r := run{status: cmd.ProcessState.ExitCode(), stderr: stderr.String()}
	if err := json.Unmarshal(stdout.Bytes(), &r.report); err != nil {
		t.Fatalf("%v: status %d, stdout is no report: %v\n%s", cmd.Args, r.status, err, r.stderr)
	}
	if err := schema.Check(stdout.Bytes()); err != nil {
		t.Errorf("%v: %v", cmd.Args, err)
	}
	return r
}

// noErrors fails the test with every error of a run.
func noErrors(t *testing.T, what string, r run) {
	t.Helper()
	for _, p := range r.report.Problems {
		if p.Severity == problem.Error {
			t.Errorf("%s: %s: %s: %s %q", what, p.Code, p.Path, p.Message, p.Details)
		}
	}
	if r.status != 0 {
		t.Fatalf("%s: status %d\n%s", what, r.status, r.stderr)
	}
}

// forThisMachine returns the pinned wheels that the test's store can serve.
func forThisMachine(t *testing.T) []wheels.Pin {
	pins, err := wheels.Pins()
	if err != nil {
		t.Fatal(err)
	}
	var out []wheels.Pin
	for _, p := range pins {
		if _, _, platform := p.Tags(); strings.Contains(platform, "manylinux") && strings.Contains(platform, "x86_64") {
			out = append(out, p)
		}
	}
	return out
}

func TestPatchedWheelsResolveAsTheLoaderDoes(t *testing.T) {
	// Rule: after patch, every need of every object of every pinned wheel is
	// found, by the same file in the report and in the real loader; a second patch
	// edits nothing; what is installed still works.
	g := newGround(t)
	var total comparison
	for _, pin := range forThisMachine(t) {
		t.Run(pin.Project+"-"+pin.Version, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			site := testenv.Install(t, testenv.Wheel(t, pin.File), out)
			args := append(siblings(t, pin), out)
			if _, abi, _ := pin.Tags(); abi == "cp37m" {
				args = append(args, "--any-python") // its modules are Python 3.7's alone
			}

			noErrors(t, "patch", g.run(t, "patch", args...))
			checked := g.run(t, "check", args...)
			noErrors(t, "check", checked)
			c := g.compare(t, out, checked.report.Objects)
			t.Logf("%d objects, %d needs compared with the loader, %d differences", c.objects, c.needs, c.differences)
			total.add(c)

			again := g.run(t, "patch", args...)
			noErrors(t, "second patch", again)
			for _, o := range again.report.Objects {
				if o.Edit != nil {
					t.Errorf("second patch edits %s: %+v", o.Path, *o.Edit)
				}
			}
			use(t, pin.Project, out, site)
		})
	}
	t.Logf("measured: patched wheels: %d objects, %d needs compared with the loader, %d differences", total.objects, total.needs, total.differences)
	if total.needs == 0 && !t.Failed() {
		t.Error("nothing was compared")
	}
}

// siblings returns the flags for what other wheels bring.
func siblings(t *testing.T, pin wheels.Pin) []string {
	if pin.Project != "numba" {
		return nil
	}
	tbb := t.TempDir()
	testenv.Install(t, testenv.Wheel(t, "tbb"), tbb)
	return []string{"--lib", filepath.Join(tbb, "lib")}
}

func TestForeignWheelsAreNamedAsSuch(t *testing.T) {
	// Rule: a wheel of another machine or C library is read and refused in its own
	// words; a pure one has nothing to resolve.
	g := newGround(t)
	for _, tc := range []struct {
		wheel string
		code  problem.Code
	}{
		{"pillow-*-musllinux*", problem.WrongLibc},
		{"pyzmq", problem.WrongArchitecture},
		{"six", ""},
	} {
		r := g.run(t, "check", testenv.Wheel(t, tc.wheel))
		if tc.code == "" {
			noErrors(t, tc.wheel, r)
			if n := len(r.report.Objects); n != 0 {
				t.Errorf("%s: %d objects, want none", tc.wheel, n)
			}
			continue
		}
		named := false
		for _, p := range r.report.Problems {
			named = named || p.Code == tc.code && p.Severity == problem.Error
		}
		if !named || r.status != 1 {
			t.Errorf("%s: status %d and no %s among %+v", tc.wheel, r.status, tc.code, r.report.Problems)
		}
	}
}
