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
