package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// hashTree hashes every file below dir, one a core at a time.
func hashTree(dir string) error {
	var g errgroup.Group
	g.SetLimit(runtime.NumCPU())
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			g.Go(func() error {
				_, err := wheel.SumFile(path)
				return err
			})
		}
		return err
	})
	if e := g.Wait(); err == nil {
		err = e
	}
	return err
}

// sha256sum has coreutils hash every file below dir, on all cores.
func sha256sum(dir string) error {
	return command("sh", "-c", fmt.Sprintf("find %s -type f -print0 | xargs -0 -P %d -n 16 sha256sum >%s", dir, runtime.NumCPU(), os.DevNull))
}

// verify prints the table of RECORD verification against sha256sum over the same
// files, both on all cores.
func (b *bench) verify() error {
	fmt.Printf("## verify\n\n| wheel | files' MiB | verify s | of sha256sum | own peak MiB |\n| --- | --- | --- | --- | --- |\n")
	for _, pin := range b.wheels {
		dir := filepath.Join(b.scratch, "verify")
		if err := installPin(pin, dir); err != nil {
			return err
		}
		t, err := race(b.rounds, []candidate{
			{name: "verify", run: func() error { return command(b.program, "verify", dir) }},
			{name: "sha256sum", run: func() error { return sha256sum(dir) }},
		})
		if err != nil {
			return fmt.Errorf("%s: %w", pin.Project, err)
		}
		peak, err := peakMiB(b.program, "verify", dir)
		if err != nil {
			return err
		}
		fmt.Printf("| %s %s | %.0f | %.3f | %.2f | %.0f |\n", pin.Project, pin.Version,
			treeMiB(dir), median(t[0].wall), ratio(t[0].wall, t[1].wall), peak)
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

func treeMiB(dir string) float64 {
	var sum int64
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if st, err := d.Info(); err == nil && d.Type().IsRegular() {
			sum += st.Size()
		}
		return nil
	})
	return float64(sum) / (1 << 20)
}
