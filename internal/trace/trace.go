// Package trace runs a command and tells which libraries it asked the dynamic loader
// for by name: what the report of glibc's loader says (LD_DEBUG and LD_DEBUG_OUTPUT of
// ld.so(8)), and, where the command runs Python, from which line (PEP 578, "Python
// Runtime Audit Hooks"; module site, "sitecustomize").
//
// The command trace calls it. It alone of all rooms runs code of a wheel, and runs
// nothing but what it is given. It leaves out programs that no loader of glibc reports
// of, and names them where it sees them: those that are static, of musl, set-user-ID,
// or started without the environment.
//
// What it reads was written by foreign code: every list has a bound, and nothing of it
// is opened but to look whether it is a file.
package trace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
)

// Run runs a command to its end, and returns what it asked for. Its output goes to w;
// it may read this process's standard input. It is told to end when ctx is done, and so
// are the problems: none is an error, since programs try names and go on. The error of
// Run is that of a command that cannot be started or traced.
func Run(ctx context.Context, args []string, w *os.File) (report.Report, error) {
	if runtime.GOOS != "linux" {
		return report.Report{}, errors.New("trace: only glibc's loader on Linux reports what it is asked for")
	}
	path, err := exec.LookPath(args[0])
	if err != nil {
		return report.Report{}, cannotRun(args[0], err)
	}
	unseen, err := look(path)
	if err != nil {
		return report.Report{}, err
	}
	dir, err := os.MkdirTemp("", "wheel-auto-patch-trace-")
	if err != nil {
		return report.Report{}, err
	}
	defer os.RemoveAll(dir)
	env, err := environment(dir, os.Environ())
	if err != nil {
		return report.Report{}, err
	}
	cmd := exec.CommandContext(ctx, path)
	cmd.Args, cmd.Env = args, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, w, w
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		return report.Report{}, cannotRun(args[0], err)
	}
	seen := watch(cmd.Process.Pid, dir)
	err = cmd.Wait()
	unseen = append(unseen, seen()...)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && ctx.Err() == nil {
		return report.Report{}, cannotRun(args[0], err)
	}
	r, err := readReports(dir)
	if err != nil {
		return report.Report{}, err
	}
	asked, problems := r.answer()
	t := &report.TraceReport{
		Args: args, Status: cmd.ProcessState.ExitCode(), Asked: asked, Unseen: r.allUnseen(unseen),
	}
	if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		t.Signal = s.Signal().String()
	}
	out := report.New("trace", nil)
	out.Trace, out.Problems = t, append(out.Problems, problems...)
	return out, nil
}

// cannotRun says why a command cannot be run.
func cannotRun(name string, err error) error {
	if found := (*exec.Error)(nil); errors.As(err, &found) {
		err = found.Err
	}
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%q cannot be run: %w", name, err)
}

// allUnseen returns the programs of which there is no report, those that were looked at
// among them. What find_library runs is of no interest.
func (r *reports) allUnseen(looked []report.UnseenReport) []report.UnseenReport {
	list := append([]report.UnseenReport{}, r.unseen...)
	for _, u := range looked {
		if !r.helpers[filepath.Base(u.Program)] {
			list = append(list, u)
		}
	}
	slices.SortFunc(list, func(a, b report.UnseenReport) int {
		return cmp.Or(cmp.Compare(a.Program, b.Program), cmp.Compare(a.Reason, b.Reason))
	})
	return slices.Compact(list)
}

// What is in the folder of a run: the loader's reports, those of Python, and the module
// that Python loads.
const (
	loaderPrefix = "loader."
	pythonPrefix = "python."
	moduleDir    = "module"
)

// environment returns the environment of the command, and writes the module of Python
// that it leads to.
func environment(dir string, env []string) ([]string, error) {
	module := filepath.Join(dir, moduleDir)
	if err := os.Mkdir(module, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(module, "sitecustomize.py"), []byte(sitecustomize), 0o600); err != nil {
		return nil, err
	}
	path := module
	out := slices.DeleteFunc(slices.Clone(env), func(entry string) bool {
		name, value, _ := strings.Cut(entry, "=")
		if name == "PYTHONPATH" && value != "" {
			path = module + ":" + value
		}
		return name == "PYTHONPATH" || name == "LD_DEBUG" || name == "LD_DEBUG_OUTPUT"
	})
	return append(out,
		"LD_DEBUG=libs,files",
		"LD_DEBUG_OUTPUT="+filepath.Join(dir, strings.TrimSuffix(loaderPrefix, ".")),
		"PYTHONPATH="+path,
	), nil
}

// readReports reads what a run left in its folder.
func readReports(dir string) (*reports, error) {
	names, err := reportNames(dir)
	if err != nil {
		return nil, err
	}
	r := newReports()
	for _, name := range names {
		if err := r.readFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// limited reads no more than what is left for all readers.
type limited struct {
	r    io.Reader
	left *int64
}

func (l limited) Read(p []byte) (int, error) {
	if *l.left <= 0 {
		return 0, io.EOF
	}
	n, err := l.r.Read(p[:min(int64(len(p)), *l.left)])
	*l.left -= int64(n)
	return n, err
}
