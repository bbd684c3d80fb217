package main

import "errors"

type verifyCmd struct {
	Paths  []string `arg:"" name:"path" help:"Wheels or directories."`
	Format string   `enum:"text,json" default:"text" help:"text or json."`
}

// Run is called by kong.
func (c *verifyCmd) Run(shared *Shared) error { return errors.New("verify: not built yet") }
