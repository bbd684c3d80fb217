package patchelf

import "syscall"

// dieWithParent ends the program when this one is killed: an orphan must not go
// on writing (prctl(2), PR_SET_PDEATHSIG).
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
