package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/term"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixlocate"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A result is what a command prints beside its report.
type result struct {
	text    func(io.Writer) // the results in words
	outcome string          // ends the line that counts problems
}

// finish prints a report: results on stdout, problems on stderr; in another format than
// text one document on stdout alone. It returns errProblems where the report holds an
// error.
func (f reportFlags) finish(ctx context.Context, r report.Report, res result) error {
	document, err := printDocument(f.Format, r)
	if !document {
		if !f.Quiet {
			res.text(os.Stdout)
		}
		err = f.printProblems(ctx, r, res.outcome)
	}
	if err == nil && problem.Failed(r.Problems) {
		return errProblems
	}
	return err
}

// printDocument prints a report in a format for machines. It reports whether the format
// is one of those.
func printDocument(format string, r report.Report) (document bool, err error) {
	switch format {
	case "json":
		return true, printJSON(os.Stdout, r)
	case "sarif":
		return true, printJSON(os.Stdout, r.Sarif(version))
	case "github":
		return true, r.WriteGitHub(os.Stdout)
	}
	return false, nil
}

// cannot prints, in a format for machines, the report of a command that could not run,
// and returns the reason.
func cannot(format, command string, paths []string, reason error) error {
	r := report.New(command, paths)
	r.Error = plain(reason)
	_, err := printDocument(format, r)
	return errors.Join(reason, err)
}

func printJSON(w io.Writer, document any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return err
	}
	_, err := w.Write(words.EscapeJSON(b.Bytes()))
	return err
}

// printProblems prints what is wrong on stderr; --quiet leaves out notices.
func (f reportFlags) printProblems(ctx context.Context, r report.Report, outcome string) error {
	problems := r.Problems
	if f.Quiet {
		problems = slices.DeleteFunc(slices.Clone(problems), func(p problem.Problem) bool { return p.Severity == problem.Notice })
	}
	return problem.Fprint(os.Stderr, problems, problem.PrintOptions{
		Color:   colored(os.Stderr),
		Outcome: outcome,
		Objects: len(r.Objects),
		Reader:  f.reader(ctx, problems),
	})
}

// reader says where the reader of hints writes them: as overrides of a package, in the
// derivation that is being built, else in the command line.
// nix-locate is asked once for all libraries that no table has.
func (f reportFlags) reader(ctx context.Context, problems []problem.Problem) problem.Reader {
	r := problem.Reader{Package: f.HintsFor, ByHand: !inBuild() && f.HintsFor == ""}
	var unknown []string
	for _, p := range problems {
		unknown = append(unknown, p.Cure.Locate...)
	}
	slices.Sort(unknown)
	if unknown = slices.Compact(unknown); len(unknown) > 0 {
		r.Located, _ = nixlocate.Find(ctx, unknown) // an answer is good to have, no more
	}
	return r
}

// inBuild reports whether a derivation is being built (nix-build(1), NIX_BUILD_TOP).
func inBuild() bool { return os.Getenv("NIX_BUILD_TOP") != "" && os.Getenv("IN_NIX_SHELL") == "" }

// colored reports whether colour is wanted there: a terminal, and neither
// NO_COLOR nor TERM=dumb.
func colored(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// printRecords writes a line for each RECORD, and their sum. Rows that need no
// hash, RECORD's own among them, are not counted.
func printRecords(w io.Writer, records []record.Summary) {
	sum := 0
	for _, r := range records {
		sum += r.Verified
		fmt.Fprintf(w, "verified %s: %s (%s)\n", words.Count(r.Verified, "file"), words.Printable(r.Path), r.Source)
	}
	if len(records) > 1 {
		fmt.Fprintf(w, "verified %s of %s\n", words.Count(sum, "file"), words.Count(len(records), "RECORD"))
	}
}
