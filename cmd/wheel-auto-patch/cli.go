package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// Exit statuses beside 0 and kong's 80 for a wrong command line.
const (
	exitProblems = 1 // problems of severity error were found and printed
	exitCannot   = 2 // a tool is missing, an input unreadable
)

// errProblems ends a run whose report holds an error.
var errProblems = errors.New("problems found")

// CLI is the whole command line.
type CLI struct {
	Verify     verifyCmd     `cmd:"" help:"Verify every RECORD of wheels and directory trees."`
	Patch      patchCmd      `cmd:"" help:"Verify, plan, patch and check directory trees."`
	Check      checkCmd      `cmd:"" help:"Resolve every object of a tree or wheel without changing it."`
	Explain    explainCmd    `cmd:"" help:"Tell what each object needs and where it comes from."`
	Trace      traceCmd      `cmd:"" help:"Run a command and tell which libraries it asks the loader for by name. It alone runs code of a wheel."`
	Reference  referenceCmd  `cmd:"" help:"Print the page of a problem code."`
	Completion completionCmd `cmd:"" help:"Print the completions of a shell."`
	Man        manCmd        `cmd:"" help:"Print the manual page."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
	HookVerify hookVerifyCmd `cmd:"" hidden:"" help:"Verify as the setup hook does: with the flags of patch, of which those that verify lacks mean nothing."`

	PrintVersion kong.VersionFlag `name:"version" help:"Print the version and exit."`
}

// plain returns the text of an error as a user has it: of the file system, without the name
// of the call that failed, nor one path twice.
func plain(err error) string {
	text := err.Error()
	if why := (*fs.PathError)(nil); errors.As(err, &why) {
		said := why.Path + ": " + why.Err.Error()
		text = strings.Replace(text, why.Error(), said, 1)
		for _, path := range []string{why.Path, words.Quote(why.Path)} {
			text = strings.Replace(text, path+": "+said, said, 1)
			text = strings.Replace(text, path+" "+said, path+" "+why.Err.Error(), 1)
		}
	}
	return text
}

// exitStatus prints an error that is no report, and returns the exit status.
func exitStatus(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errProblems):
		return exitProblems
	default:
		fmt.Fprintf(os.Stderr, "wheel-auto-patch: %s\n", words.Printable(plain(err)))
		return exitCannot
	}
}
