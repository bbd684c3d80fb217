//go:build !linux

package patchelf

import (
	"os/exec"
	"syscall"
)

// dieWithParent does nothing: only Linux has such a signal.
func dieWithParent(*syscall.SysProcAttr) {}

// waitAndKill waits until the program has ended, and kills what it has left behind.
func waitAndKill(cmd *exec.Cmd, killAll func() error) error {
	defer killAll()
	return cmd.Wait()
}
