package patchelf

import (
	"errors"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// dieWithParent has the program killed when this one ends, so that no orphan goes
// on writing (PR_SET_PDEATHSIG of prctl(2)).
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

// waitAndKill waits until the program has ended, and kills what it has left behind
// before its number can be another's (WNOWAIT of waitid(2)).
func waitAndKill(cmd *exec.Cmd, killAll func() error) error {
	for {
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	_ = killAll()
	return cmd.Wait()
}
