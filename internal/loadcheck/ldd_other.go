//go:build !linux

package loadcheck

// Off Linux there is no loader of ours to ask; RECORD is all that is verified.

func listWith(string) ([]string, error) { return nil, ErrCannotRun }

func interpreterOf(string) (string, error) { return "", ErrCannotRun }
