package patchelf

// This file calls the program: one call a file, bounded in time and output,
// nothing of it left behind.

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
)

// A RunError says how a call of patchelf failed.
type RunError struct {
	Args   []string // the command line, the program first
	Output string   // stdout and stderr, cut at 16 KiB
	Err    error
}

func (e *RunError) Error() string {
	return fmt.Sprintf("patchelf: %v: %s: %q", e.Err, e.CommandLine(), strings.TrimSpace(e.Output))
}

func (e *RunError) Unwrap() error { return e.Err }

// CommandLine gives the call as a shell would take it.
func (e *RunError) CommandLine() string { return Quote(e.Args) }

// Quote joins the words of a command line so that a shell takes them apart
// again.
func Quote(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		plain := strings.Trim(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%") == ""
		if !plain || arg == "" {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		words[i] = arg
	}
	return strings.Join(words, " ")
}

// ErrTimeout is in the error of a call that did not end.
var ErrTimeout = errors.New("did not end in time and was killed")

// Write makes out an edited copy of in, both absolute. An existing out is
// overwritten; its mode is not looked at. What is in out after an error is
// undefined. The error is a *RunError, a *StackError, the context's own, or of
// package os.
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

// run calls a program and gives all that it printed.
func run(ctx context.Context, limit time.Duration, args []string) (string, error) {
	// Pdeathsig is sent when the thread that started the program ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	limited, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w after %v", ErrTimeout, limit))
	defer cancel()

	output := &head{limit: 16 << 10}
	cmd := exec.CommandContext(limited, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = output, output
	// A group of its own can be killed with all that it started, and is not
	// hit by a Ctrl-C that is ours to handle.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
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

// A head keeps the first bytes that are written to it. It has no ReadFrom, which
// would take everything.
type head struct {
	text  bytes.Buffer
	limit int
}

func (h *head) Write(p []byte) (int, error) {
	h.text.Write(p[:min(len(p), max(0, h.limit-h.text.Len()))])
	return len(p), nil
}

func (h *head) String() string { return h.text.String() }
