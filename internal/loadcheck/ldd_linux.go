package loadcheck

import "github.com/u-root/u-root/pkg/ldd"

// listWith and interpreterOf are u-root's.
func listWith(file string) ([]string, error) { return ldd.List(file) }

func interpreterOf(file string) (string, error) { return ldd.GetInterp(file) }
