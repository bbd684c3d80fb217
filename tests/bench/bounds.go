package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// A bound is an input that asks for much: make writes it into a folder, in the given
// number, and returns what the program is called with. Half as many tell how the cost
// grows: twice is linear.
type bound struct {
	name string
	n    int
	make func(dir string, n int) ([]string, error)
}

// bounds prints what inputs that ask for much cost: processor time of the program and
// of the loader, and the most memory of the program.
func (b *bench) bounds() error {
	fmt.Printf("## bounds\n\n| input | command | cpu s | growth for twice as many | peak MiB |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range bounds() {
		var half, whole []float64
		var args []string
		var peak float64
		for i, n := range []int{c.n / 2, c.n} {
			dir := filepath.Join(b.scratch, "bound")
			if err := os.Mkdir(dir, 0o755); err != nil {
				return err
			}
			var err error
			if args, err = c.make(dir, n); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			for range b.rounds {
				cpu, err := cost(b.program, args...)
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				if i == 0 {
					half = append(half, cpu)
				} else {
					whole = append(whole, cpu)
				}
			}
			if peak, err = peakMiB(b.program, args...); foundProblems(err) != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
		}
		fmt.Printf("| %s | %s | %.2f | %.1f | %.0f |\n", c.name, args[0], median(whole), ratio(whole, half), peak)
	}
	fmt.Println()
	return nil
}

// largeDynamic returns an object whose PT_DYNAMIC has the size, the last of the file.
func largeDynamic(object []byte, size uint64) []byte {
	const load, dynamic, filesz = 64, 64 + 56, 32
	at := binary.LittleEndian.Uint64(object[dynamic+8:])
	for _, put := range []struct {
		header int
		size   uint64
	}{{load, at + size}, {dynamic, size}} {
		binary.LittleEndian.PutUint64(object[put.header+filesz:], put.size)
		binary.LittleEndian.PutUint64(object[put.header+filesz+8:], put.size)
	}
	return object
}

// cost runs the program, which may find problems, and returns the processor seconds of
// it and its children.
func cost(name string, args ...string) (float64, error) {
	before := cpuSeconds()
	err := foundProblems(command(name, args...))
	return cpuSeconds() - before, err
}

// foundProblems returns nil for the error of a run that found problems.
func foundProblems(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil
	}
	return err
}

func bounds() []bound {
	name := func(i int) string { return fmt.Sprintf("lib%d.so", i) }
	chain := func(i, n int) []string {
		if i+1 == n {
			return nil
		}
		return []string{name(i + 1)}
	}
	mutual := func(_, n int) (all []string) {
		for j := range n {
			all = append(all, name(j))
		}
		return all
	}
	// A graph without circles, in which most lead to most of those behind them.
	graph := func(i, n int) (some []string) {
		random := rand.New(rand.NewPCG(uint64(i), 1))
		for range min(50, n-i-1) {
			some = append(some, name(i+1+random.IntN(n-i-1)))
		}
		return some
	}
	alone := func(int, int) []string { return nil }
	libraries := func(command, runpath string, needs func(i, n int) []string) func(string, int) ([]string, error) {
		return func(dir string, n int) ([]string, error) {
			for i := range n {
				object := library{soname: name(i), runpath: runpath, needed: needs(i, n)}
				if err := os.WriteFile(filepath.Join(dir, name(i)), object.bytes(), 0o755); err != nil {
					return nil, err
				}
			}
			return append(strings.Fields(command), dir), nil
		}
	}
	one := func(make func(n int) []byte, grow func(n int) int64) func(string, int) ([]string, error) {
		return func(dir string, n int) ([]string, error) {
			object := make(n)
			path := filepath.Join(dir, "one.so")
			err := os.WriteFile(path, object, 0o755)
			if grow != nil && err == nil {
				err = os.Truncate(path, grow(n))
			}
			return []string{"check", dir}, err
		}
	}
	installed := func(edit func(t *record.Tree, n int)) func(string, int) ([]string, error) {
		return func(dir string, n int) ([]string, error) {
			t := record.Installed()
			edit(t, n)
			args, err := t.Write(dir)
			return append([]string{"verify"}, args...), err
		}
	}
	const plan = "patch --record off --dry-run"
	const links = plan + " --layout link"
	return []bound{
		{"a chain of 2,000 libraries", 2000, libraries("check", "$ORIGIN", chain)},
		{"the same without run paths", 2000, libraries("check", "", chain)},
		{"the same, planned", 2000, libraries(plan, "", chain)},
		{"300 that all need one another", 300, libraries("check", "$ORIGIN", mutual)},
		{"the same, planned", 300, libraries(plan, "", mutual)},
		{"1,000 with 50 needs each", 1000, libraries("check", "$ORIGIN", graph)},
		{"the same, planned", 1000, libraries(plan, "$ORIGIN", graph)},
		{"the same, planned with links", 1000, libraries(links, "$ORIGIN", graph)},
		{"300 that all need one another, planned with links", 300, libraries(links, "", mutual)},
		{"10,000 objects", 10_000, libraries(plan, "", alone)},
		{"one object with 5,000 missing names", 5000, one(func(n int) []byte {
			var l library
			for i := range n {
				l.needed = append(l.needed, fmt.Sprintf("libnone%d.so.1", i))
			}
			return l.bytes()
		}, nil)},
		{"1,000,000 DT_NEEDED", 1_000_000, one(func(n int) []byte {
			return library{needed: make([]string, n)}.bytes()
		}, nil)},
		{"a PT_DYNAMIC of 1 GiB, sparse", 1 << 30, one(func(n int) []byte {
			return largeDynamic(library{needed: make([]string, 20_000)}.bytes(), uint64(n))
		}, func(n int) int64 { return int64(n) + 1<<20 })},
		{"objects that unpack to 700 MB", 700, func(dir string, n int) ([]string, error) {
			w := record.Good()
			zeros := strings.Repeat("\x00", 100<<20)
			for i := range n / 100 {
				w.Members = append(w.Members, record.Member{Name: fmt.Sprintf("demo/o%d.so", i), Data: string(library{}.bytes()) + zeros})
			}
			path := filepath.Join(dir, "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl")
			return []string{"explain", path}, os.WriteFile(path, w.Bytes(), 0o644)
		}},
		{"1,500 dist-infos", 1500, installed(func(t *record.Tree, n int) {
			for i := range n {
				info := fmt.Sprintf("%s/x%d-1.0.dist-info/", record.Site, i)
				t.Files[info+"METADATA"] = fmt.Sprintf("Name: x%d\nVersion: 1.0\n", i)
				t.Files[info+"RECORD"] = fmt.Sprintf("x%d-1.0.dist-info/RECORD,,\n", i)
			}
		})},
		{"20,000 unlisted files", 20_000, installed(func(t *record.Tree, n int) {
			for i := range n {
				t.Files[fmt.Sprintf("%s/demo/e%d.py", record.Site, i)] = ""
			}
		})},
		{"100,000 rows", 100_000 - 20, installed(func(t *record.Tree, n int) {
			for i := range n {
				t.Files[fmt.Sprintf("%s/demo/d%d/e%d.txt", record.Site, i%100, i)] = ""
				t.Rows = append(t.Rows, record.Row(fmt.Sprintf("demo/d%d/e%d.txt", i%100, i), ""))
			}
		})},
		{"a quoted column of 9 MB", 9 << 20, installed(func(t *record.Tree, n int) {
			t.Rows = append(t.Rows, `"`+strings.Repeat(`""`, n/2)+`",,`)
		})},
	}
}
