// Package report has the outcome of a command as a value, whose JSON form is the
// contract of docs/json.md, and makes its objects of an inventory and a plan. How a
// report prints as text it leaves to cmd. pipeline makes reports, cmd prints them,
// and explain shows objects in the same form. It reads no file and decides nothing.
package report

import (
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
)

// A Report is the outcome of any command. Its lists are sorted and never nil.
type Report struct {
	Version  int               `json:"version"`
	Command  string            `json:"command"`
	Error    string            `json:"error"` // why the command could not run, else empty
	Roots    []string          `json:"roots"`
	Wheels   []WheelReport     `json:"wheels"` // of explain, else empty
	Objects  []ObjectReport    `json:"objects"`
	Outside  []OutsideReport   `json:"outside"` // of explain, else empty
	Opened   []OpenedReport    `json:"opened"`  // of explain, else empty
	Records  []record.Summary  `json:"records"`
	Problems []problem.Problem `json:"problems"`
	Trace    *TraceReport      `json:"trace"` // of trace, else nil
}

// An ObjectReport is one ELF object.
type ObjectReport struct {
	Root        string       `json:"root"`
	Path        string       `json:"path"` // relative to Root
	Kind        plan.Kind    `json:"kind"` // empty for what no loader of the target takes
	Class       string       `json:"class"`
	Machine     string       `json:"machine"`
	Interpreter string       `json:"interpreter"`
	Soname      string       `json:"soname"`
	Runpath     []string     `json:"runpath"`
	Rpath       bool         `json:"rpath"` // Runpath is a DT_RPATH
	Needed      []NeedReport `json:"needed"`
	Edit        *EditReport  `json:"edit"`
}

// A NeedReport is one DT_NEEDED of an object.
type NeedReport struct {
	Soname string      `json:"soname"`
	Status plan.Status `json:"status"`
	Path   string      `json:"path"` // absolute, empty where not found
	Via    string      `json:"via"`
	Object *FileReport `json:"object"` // the object of a root that serves it, or nil
	From   string      `json:"from"`   // the supplier; of explain, else empty
}

// A FileReport is a file of a root.
type FileReport struct {
	Root string `json:"root"`
	Path string `json:"path"` // relative to Root
}

// An EditReport is what patchelf writes, or would write, into an object.
type EditReport struct {
	Interpreter string   `json:"interpreter"` // empty: kept
	Runpath     []string `json:"runpath"`
}

// A WheelReport is what the names of a wheel, or of what is in a tree, say.
type WheelReport struct {
	Root     string          `json:"root"`
	Name     string          `json:"name"`
	Version  string          `json:"version"`
	Python   []string        `json:"python"`
	ABI      []string        `json:"abi"`
	Platform []string        `json:"platform"`
	Variant  string          `json:"variant"`
	Requires []string        `json:"requires"` // Requires-Dist as it is written
	Pythons  []PythonReport  `json:"pythons"`
	Systems  []SystemReport  `json:"systems"`
	Modules  []ModulesReport `json:"modules"`
	Misfit   string          `json:"misfit"`  // why this machine cannot use it, else empty
	Wants    []string        `json:"wants"`   // the highest symbol versions that it wants from outside
	Nixpkgs  string          `json:"nixpkgs"` // the oldest release that has them, empty where none is known
	Write    WriteReport     `json:"write"`
}

// A WriteReport is what to write for a wheel in its derivation.
type WriteReport struct {
	Inputs       []string `json:"inputs"`       // attributes of nixpkgs
	Dependencies []string `json:"dependencies"` // Python packages
	Ignores      []string `json:"ignores"`      // patterns of --ignore-missing
	PostInstall  string   `json:"postinstall"`  // lines that have Python code open libraries by their paths
	Records      []string `json:"records"`      // globs of --ignore-record, for the files that those edit
}

// An OutsideReport is a library that no object under the roots is.
type OutsideReport struct {
	Soname    string       `json:"soname"`
	From      string       `json:"from"`
	Hook      bool         `json:"hook"` // nothing is to be written: the hook or the loader has it
	Attribute string       `json:"attribute"`
	Dists     []string     `json:"dists"`
	Write     string       `json:"write"`
	Instead   string       `json:"instead"`
	Optional  bool         `json:"optional"`
	Note      string       `json:"note"`
	Path      string       `json:"path"` // where a named directory has it
	Versions  []string     `json:"versions"`
	By        []FileReport `json:"by"`
}

// An OpenedReport is a place that opens a library by its name while it runs.
type OpenedReport struct {
	Root      string   `json:"root"`
	Path      string   `json:"path"`
	Line      int      `json:"line"` // of Python code, else 0
	Call      string   `json:"call"` // how it is opened
	Sonames   []string `json:"sonames"`
	Guess     bool     `json:"guess"`
	Feature   string   `json:"feature"`
	Priority  string   `json:"priority"`
	From      string   `json:"from"`
	Attribute string   `json:"attribute"`
}

// A PythonReport is a set of Pythons that take a wheel.
type PythonReport struct {
	Implementation string `json:"implementation"` // empty: any
	Version        string `json:"version"`        // "3.9", or "3" for every version of it
	Newer          bool   `json:"newer"`          // and every newer version
	FreeThreaded   bool   `json:"freethreaded"`
}

// A SystemReport is what a wheel asks of one machine with Linux.
type SystemReport struct {
	Machine string `json:"machine"` // empty: any
	Glibc   string `json:"glibc"`   // the least version, empty where it is not for glibc
	Musl    string `json:"musl"`
}

// A ModulesReport counts the extension modules whose names end alike.
type ModulesReport struct {
	Suffix string `json:"suffix"`
	Count  int    `json:"count"`
}
