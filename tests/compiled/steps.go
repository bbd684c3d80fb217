package compiled

import (
	"errors"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An End is how a program ended that Steps ran.
type End struct {
	Steps  int // that it made
	Sent   bool
	Status syscall.WaitStatus
}

// Steps runs a program and sends it a signal right before step n, or none where n is
// zero. A step is a system call that changes a file system, or opens a file that may be
// new; those of the programs that it starts do not count. Where ptrace(2) is not
// allowed the error is EPERM.
func Steps(cmd *exec.Cmd, n int, signal syscall.Signal) (End, error) {
	runtime.LockOSThread() // the thread that starts a program is its tracer (ptrace(2))
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return End{}, err
	}
	defer cmd.Process.Release()
	var end End
	pid := cmd.Process.Pid
	for traced := false; ; {
		var status syscall.WaitStatus
		thread, err := syscall.Wait4(-1, &status, syscall.WALL|unix.WNOTHREAD, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return end, err
		case thread == pid && (status.Exited() || status.Signaled()):
			end.Status = status
			return end, nil
		case !status.Stopped():
			continue
		}
		if !traced { // the first stop is that of execve(2)
			traced = true
			if err := syscall.PtraceSetOptions(pid, unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_EXITKILL); err != nil {
				return end, err
			}
		}
		passed := 0
		switch stop := status.StopSignal(); {
		case stop == syscall.SIGTRAP|0x80 && isStep(thread):
			if end.Steps++; end.Steps == n {
				end.Sent = true
				if err := syscall.Kill(pid, signal); err != nil {
					return end, err
				}
			}
		case stop != syscall.SIGTRAP|0x80 && stop != syscall.SIGTRAP && stop != syscall.SIGSTOP:
			passed = int(stop)
		}
		// A thread that is killed by now is of no interest.
		if err := syscall.PtraceSyscall(thread, passed); err != nil && !errors.Is(err, syscall.ESRCH) {
			return end, err
		}
	}
}

// isStep reports whether a thread is about to make a step.
func isStep(thread int) bool {
	var info struct {
		op       uint8
		_        [3]uint8
		_        uint32
		_, _, nr uint64
		args     [6]uint64
	}
	_, _, e := syscall.Syscall6(syscall.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(thread),
		unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if e != 0 || info.op != unix.PTRACE_SYSCALL_INFO_ENTRY {
		return false
	}
	switch info.nr {
	case unix.SYS_OPENAT:
		return info.args[2]&(unix.O_CREAT|unix.O_TMPFILE) != 0
	case unix.SYS_LINKAT, unix.SYS_SYMLINKAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_UNLINKAT, unix.SYS_MKDIRAT,
		unix.SYS_FCHMODAT, unix.SYS_UTIMENSAT, unix.SYS_FTRUNCATE, unix.SYS_PWRITE64:
		return true
	}
	return false
}
