package loadcheck

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ask passes one file to u-root; path is the object that it stands for. It kills a
// loader that does not answer, for which u-root has no way.
func (l *Loader) ask(ctx context.Context, file, path string) ([]string, error) {
	type result struct {
		lines []string
		err   error
	}
	done := make(chan result, 1)
	go func() {
		lines, err := listWith(file)
		done <- result{lines, err}
	}()
	timer := time.NewTimer(l.limit)
	defer timer.Stop()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, &LoaderError{Path: path, Words: said(r.err, file)}
		}
		return r.lines, nil
	case <-timer.C:
		killChildren(file, path)
		return nil, fmt.Errorf("%q: %w (%v)", path, ErrTimeout, l.limit)
	case <-ctx.Done():
		killChildren(file, path)
		return nil, context.Cause(ctx)
	}
}

// said returns what the loader said, without the name of the probe.
func said(err error, file string) string {
	text := strings.ReplaceAll(err.Error(), file+": ", "")
	return strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
}

// killChildren kills those children of this process that were started as
// "… --list file". Each file is a probe of ours, or an object about which no other
// question runs, so that no other process is meant.
func killChildren(files ...string) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range lines {
		line, _ := os.ReadFile(name)
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		asked := slices.ContainsFunc(files, func(file string) bool {
			return bytes.HasSuffix(line, []byte("\x00--list\x00"+file+"\x00"))
		})
		if asked && err == nil && parentOf(pid) == os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// parentOf returns the id of the parent (proc_pid_stat(5)), the second field behind
// the closing bracket of the command.
func parentOf(pid int) int {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat[max(0, bytes.LastIndexByte(stat, ')')):]), " ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}
