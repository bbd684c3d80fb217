package patchelf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A RunError says how a call of patchelf failed.
type RunError struct {
	Args   []string // the command line, the program first
	Output string   // stdout and stderr, cut at 16 KiB
	Err    error
}

func (e *RunError) Error() string {
	return fmt.Sprintf("%v: %s: %q", e.Err, e.CommandLine(), strings.TrimSpace(e.Output))
}

func (e *RunError) Unwrap() error { return e.Err }

// CommandLine returns the call as it would be typed into a shell.
func (e *RunError) CommandLine() string { return Quote(e.Args) }

// Quote joins the words of a command line, each quoted for a shell where it
// needs that.
func Quote(args []string) string {
	line := make([]string, len(args))
	for i, arg := range args {
		line[i] = words.ShellWord(arg)
	}
	return strings.Join(line, " ")
}

// ErrTimeout is in the error of a call that did not end.
var ErrTimeout = errors.New("did not end in time and was killed")

// An OutputError says what a call left in the place of its output.
type OutputError struct {
	Path string
	Msg  string
}

func (e *OutputError) Error() string { return fmt.Sprintf("%q %s", e.Path, e.Msg) }

// Write writes an edited copy of in to out; both paths are absolute. If out
// exists, it is overwritten and keeps its mode. After an error out may be
// anything, also a link or a FIFO; else it is a file that has no other name. The
// error is a *RunError, an *OutputError, a *StackError, the context's own, or one
// of package os.
func (p *Program) Write(ctx context.Context, in, out string, e Edit) error {
	info, err := os.Stat(in)
	if err != nil {
		return err
	}
	if args := p.Command(in, out, e); args == nil {
		err = copyFile(in, out)
	} else if _, err = run(ctx, p.limit(info.Size()), args); err == nil {
		err = checkOutput(out)
	}
	if err != nil || !e.ClearExecstack {
		return err
	}
	return ClearExecstack(out)
}

// A File is the path of a file, and that of its edited copy; both are absolute.
type File struct{ In, Out string }

// WriteAll does the same edit to several files. patchelf edits several in one call, but in
// place, so they are copied first: that is worth it for files that take less than the start
// of a program. Each Out is as for Write, and so is the error; after one each may be anything,
// and it is not known whose fault that is.
func (p *Program) WriteAll(ctx context.Context, files []File, e Edit) error {
	args, size := append([]string{p.Path}, e.Arguments()...), int64(0)
	for _, f := range files {
		if err := copyFile(f.In, f.Out); err != nil {
			return err
		}
		info, err := os.Stat(f.Out)
		if err != nil {
			return err
		}
		size += info.Size()
		args = append(args, f.Out)
	}
	if len(args) > len(files)+1 {
		if _, err := run(ctx, p.limit(size), args); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := checkOutput(f.Out); err != nil {
			return err
		}
		if e.ClearExecstack {
			if err := ClearExecstack(f.Out); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkOutput looks whether a call left what it should have left: a plain file that
// is ours to read and write, and nobody else's.
func checkOutput(out string) error {
	info, err := os.Lstat(out)
	if errors.Is(err, fs.ErrNotExist) {
		return &OutputError{out, "was not written"}
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &OutputError{out, "is " + atomicfile.KindOf(info.Mode())}
	}
	if info.Size() == 0 {
		return &OutputError{out, "is empty"}
	}
	if info.Mode()&0o600 != 0o600 {
		return &OutputError{out, fmt.Sprintf("has the mode %v", info.Mode())}
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Nlink != 1 {
		return &OutputError{out, "is a hard link to another file"}
	}
	return nil
}

// run runs a program and returns what it printed, cut at 16 KiB. A program that
// exceeds the limit or outlives ctx is killed. What it has started and left behind
// is killed too, whatever became of it.
func run(ctx context.Context, limit time.Duration, args []string) (string, error) {
	// Pdeathsig is sent when the thread that started the program ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	limited, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w after %v", ErrTimeout, limit))
	defer cancel()

	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	cmd := exec.CommandContext(limited, args[0], args[1:]...)
	// A pipe of package exec would keep Wait waiting for what was left behind.
	cmd.Stdout, cmd.Stderr = w, w
	cmd.Env = environment(os.Environ())
	// A process group of its own can be killed as a whole. A Ctrl-C in the
	// terminal does not reach it; this process handles that.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	killAll := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Cancel = killAll
	err = cmd.Start()
	w.Close()
	if err != nil {
		return "", &RunError{Args: args, Err: err}
	}
	said := make(chan string)
	go func() { said <- readHead(r) }()
	err = waitAndKill(cmd, killAll)
	// What has left the group may hold the pipe open.
	_ = r.SetReadDeadline(time.Now().Add(time.Second))
	output := <-said
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case limited.Err() != nil && err != nil:
		err = context.Cause(limited)
	}
	if err != nil {
		return "", &RunError{Args: args, Output: output, Err: err}
	}
	return output, nil
}

// tunables has malloc of glibc ask for huge pages, in few large steps (mallopt(3), and "Memory
// Allocation Tunables" in the glibc manual): patchelf keeps the file in memory twice, and half of
// its time on one of 12 MB or more is what the kernel takes to add small pages. Elsewhere, and
// before glibc 2.35, they mean nothing.
const tunables = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432:glibc.malloc.top_pad=33554432"

// environment returns that of this process for a program, with tunables, unless the user
// has set some.
func environment(own []string) []string {
	if slices.ContainsFunc(own, func(entry string) bool { return strings.HasPrefix(entry, "GLIBC_TUNABLES=") }) {
		return own
	}
	return append(own, tunables)
}

// readHead reads to the end, and returns the first 16 KiB.
func readHead(r io.Reader) string {
	output := &head{limit: 16 << 10}
	_, _ = io.Copy(output, r)
	return output.String()
}

// A head keeps the first bytes that are written to it, up to its limit, and
// drops the rest. It must not have the ReadFrom of its buffer, which keeps all.
type head struct {
	text  bytes.Buffer
	limit int
}

func (h *head) Write(p []byte) (int, error) {
	h.text.Write(p[:min(len(p), max(0, h.limit-h.text.Len()))])
	return len(p), nil
}

func (h *head) String() string { return h.text.String() }
