package main

import "errors"

type patchCmd struct {
	Paths        []string `arg:"" name:"dir" help:"Directories: the outputs of one derivation."`
	DryRun       bool     `help:"Print the plan and write nothing."`
	UpdateRecord string   `enum:"edited,all" default:"edited" help:"Rewrite the RECORD rows of the files that were patched (edited), or of everything that changed since (all)."`
	Format       string   `enum:"text,json" default:"text" help:"text or json."`
}

// Run is called by kong.
func (c *patchCmd) Run(shared *Shared) error { return errors.New("patch: not built yet") }
