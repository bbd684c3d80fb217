// The script tests: sessions with the whole program, in tests/cli/*.txtar.
package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"wheel-auto-patch": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, cli.Params(t, "../../tests/cli"))
}
