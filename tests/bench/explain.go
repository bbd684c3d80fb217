package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

// explain prints the table of explain against unzip -p, which decompresses the
// same ELF members to nowhere.
func (b *bench) explain() error {
	fmt.Printf("## explain\n\n| wheel | MB | ELF members | explain s | of unzip -p | of its processor time | own peak MiB |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, pin := range b.wheels {
		file, err := wheels.Fetch(pin)
		if err != nil {
			return err
		}
		if err := b.explainRow(pin.Project+" "+pin.Version, file, "text"); err != nil {
			return err
		}
	}
	if b.large {
		file, err := b.largeWheel()
		if err != nil {
			return err
		}
		defer os.Remove(file)
		if err := b.explainRow("one made for this", file, "text", "json", "html", "nix"); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

// explainRow measures one wheel; the peak is the highest of the formats.
func (b *bench) explainRow(name, file string, formats ...string) error {
	members, err := elfMembers(file)
	if err != nil || len(members) == 0 {
		return err
	}
	t, err := race(b.rounds, []candidate{
		{name: "explain", run: func() error { return b.explainOne(file) }},
		{name: "unzip -p", run: func() error { return exec.Command("unzip", append([]string{"-p", file}, members...)...).Run() }},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	peak := 0.0
	for _, format := range formats {
		one, err := peakMiB(b.program, "explain", "--format", format, file)
		if err := orMissing(err); err != nil {
			return err
		}
		peak = max(peak, one)
	}
	st, err := os.Stat(file)
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %d | %d | %.3f | %.2f | %.2f | %.0f |\n", name, st.Size()/1e6,
		len(members), median(t[0].wall), ratio(t[0].wall, t[1].wall), ratio(t[0].cpu, t[1].cpu), peak)
	return nil
}

func (b *bench) explainOne(file string) error {
	return orMissing(exec.Command(b.program, "explain", file).Run())
}

// orMissing takes status 1 of explain for success: what a wheel lacks is no
// matter here. Any other failure measures nothing.
func orMissing(err error) error {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil
	}
	return err
}

// elfMembers returns the members that begin with the ELF magic.
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
