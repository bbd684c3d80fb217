package patchelf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

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

// Write writes an edited copy of in to out; both paths are absolute. If out
// exists, it is overwritten and keeps its mode. After an error the contents of
// out are undefined. The error is a *RunError, a *StackError, the context's own,
// or one of package os.
func (p *Program) Write(ctx context.Context, in, out string, e Edit) error {
	info, err := os.Stat(in)
	if err != nil {
		return err
	}
	if args := p.Command(in, out, e); args == nil {
		err = copyFile(in, out)
	} else {
		_, err = run(ctx, p.limit(info.Size()), args)
	}
	if err != nil || !e.ClearExecstack {
		return err
	}
	return ClearExecstack(out)
}

// run runs a program and returns what it printed, cut at 16 KiB. A program that
// exceeds the limit or outlives ctx is killed with all that it started.
func run(ctx context.Context, limit time.Duration, args []string) (string, error) {
	// Pdeathsig is sent when the thread that started the program ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	limited, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w after %v", ErrTimeout, limit))
	defer cancel()

	output := &head{limit: 16 << 10}
	cmd := exec.CommandContext(limited, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = output, output
	// A process group of its own can be killed as a whole. A Ctrl-C in the
	// terminal does not reach it; this process handles that.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	// What has left the group may hold the output open.
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case limited.Err() != nil && err != nil:
		err = context.Cause(limited)
	}
	if err != nil {
		return "", &RunError{Args: args, Output: output.String(), Err: err}
	}
	return output.String(), nil
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
