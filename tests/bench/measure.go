package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// A candidate is one way to do a job. Its prepare is not timed.
type candidate struct {
	name    string
	prepare func() error
	run     func() error
}

// race runs every candidate once a round, each round beginning with another
// one, and gives each one's seconds by round.
func race(rounds int, candidates []candidate) ([][]float64, error) {
	seconds := make([][]float64, len(candidates))
	for round := range rounds {
		for i := range candidates {
			n := (round + i) % len(candidates)
			c := candidates[n]
			if c.prepare != nil {
				if err := c.prepare(); err != nil {
					return nil, fmt.Errorf("%s: %w", c.name, err)
				}
			}
			began := time.Now()
			if err := c.run(); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			seconds[n] = append(seconds[n], time.Since(began).Seconds())
		}
	}
	return seconds, nil
}

// ratio is the median of a's time over b's of the same round.
func ratio(a, b []float64) float64 {
	r := make([]float64, len(a))
	for i := range a {
		r[i] = a[i] / b[i]
	}
	return median(r)
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// command runs a program quietly; only an exit status of 0 is a measurement.
func command(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return nil
}

// peakMiB is the most memory that a program held by itself, without its
// children: the high-water mark that the kernel keeps, read until it ends. (The
// resource usage of wait4 would give the largest child's.)
func peakMiB(name string, args ...string) (float64, error) {
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var peak float64
	for {
		select {
		case err := <-done:
			return peak, err
		case <-time.After(2 * time.Millisecond):
			peak = max(peak, highWater(cmd.Process.Pid, name))
		}
	}
}

// highWater is VmHWM of a process, or 0 while it is not yet the program name.
func highWater(pid int, name string) float64 {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	if exe, _ := os.Readlink(filepath.Join(proc, "exe")); exe != name {
		return 0
	}
	status, _ := os.ReadFile(filepath.Join(proc, "status"))
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0
	}
	kib, _ := strconv.ParseFloat(string(bytes.Fields(rest)[0]), 64)
	return kib / 1024
}
