package main

import (
	"archive/zip"
	"fmt"
	"os/exec"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

// unzip prints the table of verify of wheels against unzip -tq, which unpacks them to
// nowhere. One member alone is not unpacked side by side: wheels one member of which holds
// more than half are left out.
func (b *bench) unzip() error {
	fmt.Printf("## unzip\n\n| wheel | MB unpacked | verify s | of unzip -tq | of its processor time | own peak MiB |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, pin := range b.wheels {
		file, err := wheels.Fetch(pin)
		if err != nil {
			return err
		}
		most, all, err := unpackedSizes(file)
		if err != nil {
			return err
		}
		if most > all/2 {
			continue
		}
		t, err := race(b.rounds, []candidate{
			{name: "verify", command: []string{b.program, "verify", file}},
			{name: "unzip -tq", run: func() error { return exec.Command("unzip", "-tq", file).Run() }},
		})
		if err != nil {
			return fmt.Errorf("%s: %w", pin.Project, err)
		}
		peak, err := peakMiB(b.program, "verify", file)
		if err != nil {
			return err
		}
		fmt.Printf("| %s %s | %d | %.3f | %.2f | %.2f | %.0f |\n", pin.Project, pin.Version, all/1e6,
			median(t[0].wall), ratio(t[0].wall, t[1].wall), ratio(t[0].cpu, t[1].cpu), peak)
	}
	fmt.Println()
	return nil
}

// unpackedSizes returns the size of the largest member of an archive, and of all.
func unpackedSizes(file string) (most, all uint64, err error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return 0, 0, err
	}
	defer z.Close()
	for _, m := range z.File {
		most = max(most, m.UncompressedSize64)
		all += m.UncompressedSize64
	}
	return most, all, nil
}
