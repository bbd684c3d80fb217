package main

import "errors"

type explainCmd struct {
	Paths  []string `arg:"" name:"path" help:"Wheels or directories."`
	Format string   `enum:"text,json" default:"text" help:"text or json."`
}

// Run is called by kong.
func (c *explainCmd) Run(shared *Shared) error { return errors.New("explain: not built yet") }
