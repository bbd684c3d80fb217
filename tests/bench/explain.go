package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os/exec"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

// explain prints the table of explain against unzip -p, which decompresses the
// same ELF members to nowhere.
func (b *bench) explain() error {
	fmt.Printf("## explain\n\n| wheel | ELF members | explain s | of unzip -p | own peak MiB |\n| --- | --- | --- | --- | --- |\n")
	for _, pin := range b.wheels {
		file, err := wheels.Fetch(pin)
		if err != nil {
			return err
		}
		members, err := elfMembers(file)
		if err != nil {
			return err
		}
		unzip := func() error {
			cmd := exec.Command("unzip", append([]string{"-p", file}, members...)...)
			cmd.Stdout = io.Discard
			return cmd.Run()
		}
		if len(members) == 0 {
			continue
		}
		t, err := race(b.rounds, []candidate{
			{"explain", nil, func() error { return b.explainOne(file) }},
			{"unzip -p", nil, unzip},
		})
		if err != nil {
			return fmt.Errorf("%s: %w", pin.Project, err)
		}
		peak, err := peakMiB(b.program, "explain", file)
		if _, missing := err.(*exec.ExitError); err != nil && !missing {
			return err
		}
		fmt.Printf("| %s %s | %d | %.3f | %.2f | %.0f |\n", pin.Project, pin.Version,
			len(members), median(t[0].wall), ratio(t[0].wall, t[1].wall), peak)
	}
	fmt.Println()
	return nil
}

// explainOne takes status 1 too: what a wheel lacks is no matter here.
func (b *bench) explainOne(file string) error {
	cmd := exec.Command(b.program, "explain", file)
	err := cmd.Run()
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 1 {
		return nil
	}
	return err
}

// elfMembers gives the members that begin with the ELF magic.
func elfMembers(file string) ([]string, error) {
	r, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var names []string
	for _, f := range r.File {
		m, err := f.Open()
		if err != nil {
			return nil, err
		}
		magic := make([]byte, 4)
		_, _ = io.ReadFull(m, magic)
		m.Close()
		if bytes.Equal(magic, []byte("\x7fELF")) {
			names = append(names, f.Name)
		}
	}
	return names, nil
}
