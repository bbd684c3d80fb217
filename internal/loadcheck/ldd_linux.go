package loadcheck

import "github.com/u-root/u-root/pkg/ldd"

// listWith returns the lines of the loader that u-root keeps.
func listWith(file string) ([]string, error) { return ldd.List(file) }

// interpreterOf returns PT_INTERP as u-root reads it.
func interpreterOf(file string) (string, error) { return ldd.GetInterp(file) }
