package atomicfile

import "syscall"

// statTimes returns the times of the last access and modification.
func statTimes(s *syscall.Stat_t) (access, modification syscall.Timespec) { return s.Atim, s.Mtim }
