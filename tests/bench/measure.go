package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A candidate is one way to do a job. Its prepare is not timed.
type candidate struct {
	name    string
	prepare func() error
	run     func() error // nil: the command
	command []string
}

func (c candidate) do() error {
	if c.run != nil {
		return c.run()
	}
	return command(c.command[0], c.command[1:]...)
}

// A timing is what one candidate took, by round.
type timing struct{ wall, cpu []float64 }

// race runs every candidate once a round, each round beginning with another
// one, and returns each one's seconds.
func race(rounds int, candidates []candidate) ([]timing, error) {
	timings := make([]timing, len(candidates))
	for round := range rounds {
		for i := range candidates {
			n := (round + i) % len(candidates)
			c := candidates[n]
			if c.prepare != nil {
				if err := c.prepare(); err != nil {
					return nil, fmt.Errorf("%s: %w", c.name, err)
				}
			}
			began, cpu := time.Now(), cpuSeconds()
			if err := c.do(); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			timings[n].wall = append(timings[n].wall, time.Since(began).Seconds())
			timings[n].cpu = append(timings[n].cpu, cpuSeconds()-cpu)
		}
	}
	return timings, nil
}

// cpuSeconds is the processor time of this process and of all its ended
// descendants: what a busy machine does not change.
func cpuSeconds() float64 {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err == nil {
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return sum.Seconds()
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
	peak, err := mostWhile(2*time.Millisecond, func(pid int) float64 { return highWater(pid, name) }, name, args...)
	if peak == 0 {
		return 0, fmt.Errorf("%s ended before its memory was read: %v", filepath.Base(name), err)
	}
	return peak, err
}

// treePeakMiB is the most memory that a program and all its descendants held at once:
// the sum of what each holds by itself (RSS of proc_pid_stat(5)), looked at again and again.
func treePeakMiB(name string, args ...string) (float64, error) {
	return mostWhile(5*time.Millisecond, processesMiB, name, args...)
}

// mostWhile is the most that look returns of a program while it runs, asked again and again.
func mostWhile(every time.Duration, look func(pid int) float64, name string, args ...string) (most float64, err error) {
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			return most, err
		case <-time.After(every):
			most = max(most, look(cmd.Process.Pid))
		}
	}
}

// processesMiB is what a process and its descendants hold now.
func processesMiB(root int) float64 {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	parents, pages := map[int]int{}, map[int]float64{}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		parents[pid], _ = strconv.Atoi(fields[1])
		pages[pid], _ = strconv.ParseFloat(fields[21], 64)
	}
	var sum float64
	for pid := range parents {
		for p := pid; p > 1; p = parents[p] {
			if p == root {
				sum += pages[pid]
				break
			}
		}
	}
	return sum * float64(os.Getpagesize()) / (1 << 20)
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
