//go:build !linux

package loadcheck

// Where there is no Linux only RECORD is verified: there is no loader to ask.

func listWith(string) ([]string, error) { return nil, ErrCannotRun }

func interpreterOf(string) (string, error) { return "", ErrCannotRun }
