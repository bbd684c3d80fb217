package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/trace"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

type traceCmd struct {
	Format   string   `enum:"text,json" default:"text" help:"text or json."`
	HintsFor string   `placeholder:"PACKAGE" help:"Say what to write as an override of this package of a pyproject.nix or uv2nix set."`
	Quiet    bool     `short:"q" help:"Print only what is missing."`
	Cmd      []string `arg:"" passthrough:"" name:"cmd" help:"The command and its arguments, after \"--\"."`
}

// Help is called by kong.
func (c *traceCmd) Help() string {
	return `Runs a command, such as Python with an import, and prints the libraries that it asks glibc's loader for by name, who asks, where each is found or was looked for, and who has those that are missing.

This command alone runs code of a wheel: whatever the command runs. What that prints goes to stderr.

Exit status: 0 if the command ends with 0, whatever is missing, since programs try names and go on; 1 if it fails; 2 if it cannot be run or traced.`
}

// Run is called by kong.
func (c *traceCmd) Run(ctx context.Context) error {
	if c.Cmd[0] == "--" {
		c.Cmd = c.Cmd[1:]
	}
	r, err := trace.Run(ctx, c.Cmd, os.Stderr)
	if err != nil {
		return cannot(c.Format, "trace", nil, err)
	}
	document, err := printDocument(c.Format, r)
	if !document {
		err = c.print(r)
	}
	if err == nil && r.Trace.Failed() {
		return errProblems
	}
	return err
}

// print prints what was found on stdout, and what was not on stderr, as all commands do.
func (c *traceCmd) print(r report.Report) error {
	t := r.Trace
	if !c.Quiet {
		printAsked(os.Stdout, t.Asked)
		for _, u := range t.Unseen {
			fmt.Printf("not seen: %s\n", words.Printable(strings.TrimPrefix(u.Program+": "+u.Reason, ": ")))
		}
	}
	err := problem.Fprint(os.Stderr, r.Problems, problem.PrintOptions{
		Color: colored(os.Stderr), Reader: problem.Reader{Package: c.HintsFor},
	})
	switch {
	case t.Signal != "":
		fmt.Fprintf(os.Stderr, "wheel-auto-patch: a signal ended %s: %s\n", words.ShellWord(t.Args[0]), t.Signal)
	case t.Status != 0:
		fmt.Fprintf(os.Stderr, "wheel-auto-patch: %s ended with status %d\n", words.ShellWord(t.Args[0]), t.Status)
	}
	return err
}

// printAsked prints what was found by its name, and how many were not.
func printAsked(w io.Writer, list []report.AskedReport) {
	found := 0
	for _, a := range list {
		if a.Status == report.AskedFound {
			found++
		}
	}
	line := words.Count(len(list), "library") + " asked for by name"
	if found < len(list) {
		line += fmt.Sprintf(", %d found", found)
	}
	fmt.Fprintln(w, line)
	for _, a := range list {
		switch a.Status {
		case report.AskedFound:
			fmt.Fprintf(w, "  %s  %s\n", words.Printable(a.Name), words.Printable(a.Path))
		case report.AskedRefused:
			fmt.Fprintf(w, "  %s  %s, which was not loaded\n", words.Printable(a.Name), words.Printable(a.Path))
		default:
			continue
		}
		for _, by := range a.By {
			fmt.Fprintf(w, "    by %s\n", words.Printable(trace.Said(by)))
		}
	}
}
