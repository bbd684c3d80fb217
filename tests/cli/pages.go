package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixstore"
)

// storeHash is the hash of every store path of a script below pages; it is never
// shown.
const storeHash = "00000000000000000000000000000000"

// A Scenario is what the program printed about the code that a script of pages is
// named after.
type Scenario struct {
	Example    string   // what the page shows, as Markdown has it between fences
	Severities []string // all that were printed, each once, sorted
}

// Scenarios runs the scripts of a directory, each named after the code of a problem,
// and returns what each had the program print, by code. Such a script runs in a
// store of its own, as a build does: $STORE-NAME is a store path, $GLIBC holds the
// loader that programs are to have. Beside the commands of the other scripts it has
//
//	example     what the last command said on stderr about the code is the page's
//	            example, without the script's own directory and the hashes of
//	            store paths
//	severity    only the severity of what it said counts
func Scenarios(t *testing.T, dir string) map[string]Scenario {
	s := &scenarios{printed: map[string]Scenario{}}
	t.Run("scripts", func(t *testing.T) { // ends when all scripts have ended
		params := Params(t, dir)
		setup := params.Setup
		params.Setup = func(env *testscript.Env) error {
			if err := setup(env); err != nil {
				return err
			}
			return setupStore(env)
		}
		params.Cmds["example"] = func(ts *testscript.TestScript, neg bool, args []string) { s.add(ts, neg, args, true) }
		params.Cmds["severity"] = func(ts *testscript.TestScript, neg bool, args []string) { s.add(ts, neg, args, false) }
		testscript.Run(t, params)
	})
	return s.printed
}

// setupStore makes a store with a C library's loader, and has NIX_BINTOOLS lead to
// it, as in a build.
func setupStore(env *testscript.Env) error {
	store := filepath.Join(env.WorkDir, "nix", "store")
	paths := filepath.Join(store, storeHash)
	glibc, support := paths+"-glibc-2.40/lib", paths+"-bintools/nix-support"
	env.Setenv("NIX_STORE", store)
	env.Setenv("NIX_BINTOOLS", filepath.Dir(support))
	env.Setenv("STORE", paths)
	env.Setenv("GLIBC", glibc)
	const name = "ld-linux-x86-64.so.2"
	loader, err := exec.Command("gcc", "-print-file-name="+name).Output()
	if err != nil {
		return err
	}
	// What this process writes, a child that another script starts may hold open for
	// writing, and then it cannot be run: execve(2), ETXTBSY.
	to := filepath.Join(glibc, name)
	if out, err := exec.Command("install", "-D", strings.TrimSpace(string(loader)), to).CombinedOutput(); err != nil {
		return fmt.Errorf("install: %w: %s", err, out)
	}
	if err := os.MkdirAll(support, 0o777); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(support, "dynamic-linker"), []byte(to), 0o666)
}

type scenarios struct {
	mu      sync.Mutex
	printed map[string]Scenario
}

// add takes what the last command said about the script's code.
func (s *scenarios) add(ts *testscript.TestScript, neg bool, args []string, example bool) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: example|severity")
	}
	text, severities := about(ts.Name(), ts.ReadFile("stderr"))
	if len(severities) == 0 {
		ts.Fatalf("nothing was said about %s", ts.Name())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.printed[ts.Name()]
	one.Severities = append(one.Severities, severities...)
	slices.Sort(one.Severities)
	one.Severities = slices.Compact(one.Severities)
	if example {
		if one.Example != "" {
			ts.Fatalf("a second example")
		}
		one.Example = nixstore.ElideHash(strings.ReplaceAll(text, ts.Getenv("WORK"), ""))
	}
	s.printed[ts.Name()] = one
}

// about returns the part of the program's stderr that is about one code: its
// problems with their details and hints, and the closing lines where these hold
// hints. The severities are those of the problems.
func about(code, stderr string) (text string, severities []string) {
	const program = "wheel-auto-patch: "
	head := regexp.MustCompile(`^` + program + `(notice|warning|error): (\S+): `)
	var out strings.Builder
	for i, block := range strings.Split("\n"+stderr, "\n"+program) {
		if i == 0 {
			continue // what comes before the first problem
		}
		block = program + strings.TrimSuffix(block, "\n") + "\n"
		switch m := head.FindStringSubmatch(block); {
		case m != nil && m[2] == code:
			severities = append(severities, m[1])
		case m == nil && strings.Contains(block, "\nhint: "):
		default:
			continue
		}
		fmt.Fprint(&out, block)
	}
	return out.String(), severities
}
