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
	Roots    []string          `json:"roots"`
	Wheels   []WheelReport     `json:"wheels"` // of explain, else empty
	Objects  []ObjectReport    `json:"objects"`
	Records  []record.Summary  `json:"records"`
	Problems []problem.Problem `json:"problems"`
}

// An ObjectReport is one ELF object.
type ObjectReport struct {
	Root        string       `json:"root"`
	Path        string       `json:"path"` // relative to Root
	Class       string       `json:"class"`
	Machine     string       `json:"machine"`
	Interpreter string       `json:"interpreter"`
	Soname      string       `json:"soname"`
	Needed      []NeedReport `json:"needed"`
	Edit        *EditReport  `json:"edit"`
}

// A NeedReport is one DT_NEEDED of an object.
type NeedReport struct {
	Soname string      `json:"soname"`
	Status plan.Status `json:"status"`
	Path   string      `json:"path"` // absolute, empty where not found
	Via    string      `json:"via"`
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
	Pythons  []PythonReport  `json:"pythons"`
	Systems  []SystemReport  `json:"systems"`
	Modules  []ModulesReport `json:"modules"`
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
