package main

import "errors"

type patchCmd struct {
	Paths  []string `arg:"" name:"path" help:"Wheels or directories."`
	Format string   `enum:"text,json" default:"text" help:"text or json."`
}

// Run is called by kong.
func (c *patchCmd) Run(shared *Shared) error { return errors.New("patch: not built yet") }
