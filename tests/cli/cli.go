// Package cli holds the script tests of the command line, and the commands that
// their fixtures are made with. cmd/wheel-auto-patch runs them, so that the
// program in a script is the very one under test.
//
// Beside what testscript has, a script may say:
//
//	lib FILE [ARG…]          a shared library; its soname is its base name
//	prog FILE [ARG…]         a program
//	dist DIR NAME VERSION    METADATA, WHEEL and a true RECORD for all below DIR
//	wheel DIR FILE.whl       a wheel of all below DIR, which has a RECORD
//	state DIR FILE           what each file below DIR is: mode, time, sha256
//	json FILE PATH VALUE     the value at a path such as problems.0.code, or
//	                         problems.len for how many; "! json" for another value
//	status N COMMAND…        runs the command, which must end with status N
//
// ARG is handed to gcc: libraries to link, -Wl,-rpath,…, source files.
package cli

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Params runs the scripts of a directory.
func Params(t *testing.T, dir string) testscript.Params {
	gcc := testenv.Tool(t, "gcc")
	testenv.Tool(t, "patchelf")
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// The host's own hook variables must not reach the program.
			env.Setenv("NIX_BINTOOLS", "")
			env.Setenv("NIX_STORE", "")
			env.Setenv("SOURCE_DATE_EPOCH", "")
			// Hints are for a derivation, as in a build of it.
			env.Setenv("NIX_BUILD_TOP", "/build")
			env.Setenv("IN_NIX_SHELL", "")
			// A program under -race sleeps for a second at its end otherwise.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"lib":    func(ts *testscript.TestScript, neg bool, args []string) { compile(ts, gcc, true, args) },
			"prog":   func(ts *testscript.TestScript, neg bool, args []string) { compile(ts, gcc, false, args) },
			"dist":   dist,
			"wheel":  wheel,
			"state":  state,
			"json":   jsonValue,
			"status": status,
		},
	}
}
