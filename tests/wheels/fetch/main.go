// Fetch brings wheels into the cache and prints "sha256  path" for each:
//
//	go run ./tests/wheels/fetch            every pinned wheel
//	go run ./tests/wheels/fetch numpy      a pinned one, as wheels.Find takes it
//	go run ./tests/wheels/fetch rpds-py==0.20.0    the one that fits this machine
//	go run ./tests/wheels/fetch ./some.whl a file, as it is
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

func main() {
	names := os.Args[1:]
	if len(names) == 0 {
		pins, err := wheels.Pins()
		exitOn(err)
		for _, p := range pins {
			names = append(names, p.File)
		}
	}
	for _, name := range names {
		file, err := fetch(name)
		exitOn(err)
		sum, err := wheel.SumFile(file)
		exitOn(err)
		fmt.Printf("%s  %s\n", sum, file)
	}
}

func fetch(name string) (string, error) {
	if strings.HasSuffix(name, ".whl") {
		if _, err := os.Stat(name); err == nil {
			return filepath.Abs(name)
		}
	}
	pin, err := wheels.Find(name)
	if err == nil {
		return wheels.Fetch(pin)
	}
	if !strings.Contains(name, "==") {
		return "", fmt.Errorf("%w; for any other wheel say NAME==VERSION", err)
	}
	return wheels.FetchBest(name)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "fetch: %v\n", err)
		os.Exit(1)
	}
}
