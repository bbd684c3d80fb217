package main

import "errors"

type checkCmd struct {
	Paths  []string `arg:"" name:"path" help:"Wheels or directories."`
	Format string   `enum:"text,json" default:"text" help:"text or json."`
}

// Run is called by kong.
func (c *checkCmd) Run(shared *Shared) error { return errors.New("check: not built yet") }
