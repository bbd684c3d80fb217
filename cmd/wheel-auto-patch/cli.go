package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"

	"github.com/alecthomas/kong"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
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
	Shared

	Verify     verifyCmd     `cmd:"" help:"Verify every RECORD of wheels and directory trees."`
	Patch      patchCmd      `cmd:"" help:"Verify, plan, patch and check directory trees."`
	Check      checkCmd      `cmd:"" help:"Resolve every object of a tree or wheel without changing it."`
	Explain    explainCmd    `cmd:"" help:"Tell what each object needs and where it comes from."`
	Reference  referenceCmd  `cmd:"" help:"Print the page of a problem code."`
	Completion completionCmd `cmd:"" hidden:"" help:"Print the completions of a shell."`
	Man        manCmd        `cmd:"" hidden:"" help:"Print the manual page."`

	Version kong.VersionFlag `help:"Print the version and exit."`
}

// Shared holds the flags that every command takes.
type Shared struct {
	Interpreter       string   `placeholder:"FILE" help:"Dynamic loader to set in programs. Default: the one under NIX_BINTOOLS, else this machine's own."`
	Libc              string   `placeholder:"DIR" help:"Directory of the C library. Default: the interpreter's."`
	Lib               []string `sep:"none" placeholder:"DIR" help:"Directory of libraries, without its subdirectories. Repeat it."`
	PythonLib         []string `sep:"none" placeholder:"DIR" help:"site-packages of a Python dependency. Repeat it."`
	RuntimeDependency []string `sep:"none" placeholder:"DIR" help:"Directory of libraries that programs load at run time. Repeat it."`
	AppendRpath       []string `sep:"none" placeholder:"DIR" help:"Directory to append to every RUNPATH. Repeat it."`
	IgnoreMissing     []string `sep:"none" placeholder:"GLOB" help:"SONAME-GLOB or FILE-GLOB:SONAME-GLOB that may stay missing. Repeat it."`
	IgnoreRecord      []string `sep:"none" placeholder:"GLOB" help:"RECORD paths that may differ. Repeat it."`
	Layout            string   `enum:"origin,flat" default:"origin" help:"Leave bundled libraries where they are (origin) or gather them in lib/ (flat)."`
	Patchelf          string   `placeholder:"PATH" help:"The patchelf program. Default: from PATH."`
	PatchelfFlag      []string `sep:"none" placeholder:"FLAG" help:"A further flag for patchelf. Repeat it."`
	KeepLibc          bool     `help:"Keep directories of the C library in RUNPATH."`
	AnyPython         bool     `help:"Take wheels whose extension modules are for another Python."`
	ClearExecstack    bool     `help:"Clear the executable-stack flag of objects that ask for it."`
	Record            string   `enum:"fail,warn,off" default:"fail" help:"What a false RECORD does: fail, warn, or off to verify none."`
	Ldd               bool     `default:"true" negatable:"" help:"Confirm every answer with the dynamic loader."`
	HintsFor          string   `placeholder:"PACKAGE" help:"Say what to write as an override of this package of a pyproject.nix or uv2nix set."`
	Jobs              int      `default:"0" placeholder:"N" help:"How many files to work on at once. Default: one per core."`
	Quiet             bool     `short:"q" xor:"loudness" help:"Print problems only."`
	Verbose           bool     `short:"v" xor:"loudness" help:"Print each object and each step."`
}

// asGiven takes an argument byte for byte. Kong's own mapper sends it through JSON, which
// has no names that are not UTF-8.
func asGiven(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("string")
	if err == nil {
		target.SetString(token.String())
	}
	return err
}

// options turns flags into what the pipeline takes; relative paths are made
// absolute, nothing is read.
func (s *Shared) options() (pipeline.Options, error) {
	o := pipeline.Options{
		IgnoreMissing:  s.IgnoreMissing,
		IgnoreRecord:   s.IgnoreRecord,
		Layout:         plan.Layout(s.Layout),
		Patchelf:       s.Patchelf,
		PatchelfFlags:  s.PatchelfFlag,
		KeepLibc:       s.KeepLibc,
		AnyPython:      s.AnyPython,
		ClearExecstack: s.ClearExecstack,
		Record:         record.Mode(s.Record),
		NoLdd:          !s.Ldd,
		Jobs:           s.Jobs,
		StoreDir:       os.Getenv("NIX_STORE"),
		Bintools:       os.Getenv("NIX_BINTOOLS"),
	}
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	if o.StoreDir == "" {
		o.StoreDir = "/nix/store"
	}
	var err error
	abs := func(paths ...string) []string {
		var out []string
		for _, p := range paths {
			a, e := filepath.Abs(p)
			err = errors.Join(err, e)
			out = append(out, a)
		}
		return out
	}
	if s.Interpreter != "" {
		o.Interpreter = abs(s.Interpreter)[0]
	}
	if s.Libc != "" {
		o.Libc = abs(s.Libc)[0]
	}
	o.Libs = abs(s.Lib...)
	o.PythonLibs = abs(s.PythonLib...)
	o.RuntimeDependencies = abs(s.RuntimeDependency...)
	o.AppendRpaths = s.AppendRpath // may begin with $ORIGIN
	return o, err
}

// exitStatus prints an error that is no report, and returns the exit status.
func exitStatus(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errProblems):
		return exitProblems
	default:
		fmt.Fprintf(os.Stderr, "wheel-auto-patch: %s\n", words.Printable(err.Error()))
		return exitCannot
	}
}
