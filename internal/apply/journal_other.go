//go:build !linux

package apply

import (
	"errors"
	"os"
)

// bornAt returns 0: only Linux is asked when a file was made.
func bornAt(*os.File) int64 { return 0 }

// createUnnamed makes nothing: only Linux has files without a name.
func createUnnamed(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func link(*os.File, string) error { return errors.ErrUnsupported }
