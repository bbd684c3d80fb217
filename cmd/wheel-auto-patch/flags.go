package main

import (
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
)

// defaultLayout is what patch does without --layout.
const defaultLayout = plan.Auto

// The flags that several commands take, by what they are about. A command embeds those that
// mean something to it, and kong refuses all others.

// reportFlags are those of commands that print a report; finish knows what each word means.
type reportFlags struct {
	Format   string `enum:"text,json,sarif,github" default:"text" help:"text, json, sarif (SARIF 2.1.0) or github (annotations of GitHub Actions)."`
	HintsFor string `placeholder:"PACKAGE" help:"Say what to write as an override of this package of a pyproject.nix or uv2nix set."`
	Quiet    bool   `short:"q" xor:"loudness" help:"Print problems only."`
}

// recordFlags are about what RECORD says.
type recordFlags struct {
	Record       string   `enum:"fail,warn,off" default:"fail" help:"What a false RECORD does: fail, warn, or off to verify none."`
	IgnoreRecord []string `sep:"none" type:"glob" placeholder:"GLOB" help:"RECORD paths that may differ. Repeat it."`
	Wheel        []string `sep:"none" placeholder:"FILE" help:"The wheel that the trees were installed from. Repeat it."`
}

// searchFlags are about where libraries are looked for.
type searchFlags struct {
	Lib       []string `sep:"none" type:"dir" placeholder:"DIR" help:"Directory of libraries, without its subdirectories. Repeat it."`
	PythonLib []string `sep:"none" type:"dir" placeholder:"DIR" help:"site-packages of a Python dependency. Repeat it."`
}

// targetFlags are about the loader and what it will say.
type targetFlags struct {
	Interpreter     string   `placeholder:"FILE" help:"Dynamic loader that runs the objects. Default: the one under NIX_BINTOOLS, else this machine's own."`
	Libc            string   `type:"dir" placeholder:"DIR" help:"Directory of the C library. Default: the interpreter's."`
	IgnoreMissing   []string `sep:"none" type:"ignore" placeholder:"GLOB" help:"SONAME-GLOB or FILE-GLOB:SONAME-GLOB that may stay missing. Repeat it."`
	IgnoreMissingOf []string `sep:"none" type:"held" hidden:"" help:"VARIABLE=GLOB: as --ignore-missing GLOB, which the derivation has in this variable."`
	Dlopen          []string `sep:"none" type:"glob" placeholder:"GLOB" help:"Which libraries that objects open by name count: true for all, false for none, or those that a GLOB matches. Repeat it. Default: all."`
	AnyPython       bool     `help:"Take wheels whose extension modules are for another Python."`
	Ldd             bool     `default:"true" negatable:"" help:"Confirm every answer with the dynamic loader."`
}

// jobsFlag is how much is done at once.
type jobsFlag struct {
	Jobs int `default:"0" type:"count" placeholder:"N" help:"How many files to work on at once. Default: one per core."`
}

// options returns what every command tells the pipeline.
func (f jobsFlag) options() pipeline.Options {
	o := pipeline.Options{
		Layout:   defaultLayout,
		Record:   record.Fail,
		Jobs:     f.Jobs,
		StoreDir: cmp.Or(os.Getenv("NIX_STORE"), "/nix/store"),
		Bintools: os.Getenv("NIX_BINTOOLS"),
		InBuild:  inBuild(),
	}
	if o.Jobs == 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	return o
}

func (f recordFlags) set(o *pipeline.Options) {
	o.Record, o.IgnoreRecord, o.Wheels = record.Mode(f.Record), f.IgnoreRecord, f.Wheel
}

func (f searchFlags) set(o *pipeline.Options) (err error) {
	if o.Libs, err = absolute(f.Lib); err == nil {
		o.PythonLibs, err = absolute(f.PythonLib)
	}
	return err
}

func (f targetFlags) set(o *pipeline.Options) error {
	o.IgnoreMissing, o.AnyPython, o.NoLdd = f.IgnoreMissing, f.AnyPython, !f.Ldd
	for _, held := range f.IgnoreMissingOf {
		variable, pattern, _ := strings.Cut(held, "=")
		if o.IgnoreHolders == nil {
			o.IgnoreHolders = make(map[string]string)
		}
		o.IgnoreHolders[pattern] = variable
		o.IgnoreMissing = append(o.IgnoreMissing, pattern)
	}
	o.Opened = openedOf(f.Dlopen)
	paths, err := absolute([]string{f.Interpreter, f.Libc})
	if err == nil {
		o.Interpreter, o.Libc = paths[0], paths[1]
	}
	return err
}

// openedOf returns which libraries that objects open by name count. The last word for all
// or none is the one that holds.
func openedOf(words []string) (o plan.Opened) {
	for _, word := range words {
		switch word {
		case "true":
			o = plan.Opened{}
		case "false":
			o = plan.Opened{None: true}
		default:
			o.None, o.Globs = false, append(o.Globs, word)
		}
	}
	return o
}

// absolute returns paths as absolute ones; an empty one stays empty.
func absolute(paths []string) ([]string, error) {
	out := slices.Clone(paths)
	for i, p := range out {
		if p == "" {
			continue
		}
		var err error
		if out[i], err = filepath.Abs(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}
