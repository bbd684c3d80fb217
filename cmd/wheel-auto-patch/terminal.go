package main

import (
	"os"

	"golang.org/x/term"
)

// terminalWidth returns the columns, 0 where the output is no terminal: then lines
// are as long as they are.
func terminalWidth(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
