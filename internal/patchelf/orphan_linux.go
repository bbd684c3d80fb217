package patchelf

import "syscall"

// dieWithParent has the program killed when this one ends, so that no orphan goes
// on writing (PR_SET_PDEATHSIG of prctl(2)).
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
