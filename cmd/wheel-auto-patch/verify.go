package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/fixup"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

type verifyCmd struct {
	Paths  []string `arg:"" name:"path" help:"Wheels or directories."`
	Wheel  []string `sep:"none" placeholder:"FILE" help:"The wheel that the trees were installed from. Repeat it."`
	Format string   `enum:"text,json" default:"text" help:"text or json."`
}

// Run is called by kong.
func (c *verifyCmd) Run(shared *Shared) error {
	o, err := shared.options()
	if err != nil {
		return err
	}
	o.Wheels = c.Wheel
	var roots []fixup.Root
	for _, p := range c.Paths {
		abs, err := filepath.Abs(p)
		if err != nil {
			return err
		}
		roots = append(roots, fixup.Root{Path: p, Abs: abs, Archive: strings.HasSuffix(p, ".whl")})
	}
	records, problems, err := fixup.Verify(context.Background(), roots, o)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		report := fixup.Report{Version: 1, Command: "verify", Roots: c.Paths, Objects: []fixup.ObjectReport{}, Records: records, Problems: problems}
		if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
			return err
		}
		records = nil
	}
	for _, r := range records {
		fmt.Printf("verified %d of %d rows: %s\n", r.Verified, r.Rows, r.Path)
	}
	for _, p := range problems {
		fmt.Fprintf(os.Stderr, "wheel-auto-patch: %s: %s: %s: %s\n", p.Severity, p.Code, p.Path, p.Message)
		for _, d := range p.Details {
			fmt.Fprintf(os.Stderr, "  %s\n", d)
		}
	}
	if problem.Failed(problems) {
		return errProblems
	}
	return nil
}
