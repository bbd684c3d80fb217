package main

import (
	"fmt"
	"os"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

type referenceCmd struct {
	Code string `arg:"" optional:"" help:"The code of a problem, for example library-not-found. Without it all codes are listed."`
}

// Run is called by kong.
func (c *referenceCmd) Run() error {
	if c.Code == "" {
		for _, code := range problem.Codes() {
			fmt.Println(code)
		}
		return nil
	}
	page, ok := problem.Page(problem.Code(c.Code))
	if !ok {
		return fmt.Errorf("reference: no problem has the code %q; without a code all are listed", c.Code)
	}
	_, err := os.Stdout.WriteString(page)
	return err
}
