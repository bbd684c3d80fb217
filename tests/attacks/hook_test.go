package attacks

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// hookFragment is the setup hook as makeSetupHook writes it (tests/hook).
var hookFragment = once(func(t testing.TB) string {
	text, err := os.ReadFile(filepath.Join("..", "..", "hook", "wheel-auto-patch-hook.sh"))
	if err != nil {
		t.Fatal(err)
	}
	hook := string(text)
	for name, value := range map[string]string{
		"program": testenv.Program(t), "patchelf": "patchelf", "bintools": "/nonexistent", "patchesElf": "1", "runs": "1", "manylinuxPackages": "", "config": "none",
	} {
		hook = strings.ReplaceAll(hook, "@"+name+"@", value)
	}
	return hook
})

// A hookAttack is a build that is not as it should be. The shell says 0 where both
// halves of the hook are content, 1 where one is not.
type hookAttack struct {
	name   string
	edit   func(w *record.Wheel)     // of the wheel in dist/
	tree   func(t *record.Tree)      // of what was installed of a good one
	setup  string                    // shell, before the hook runs
	disk   func(g *ground, b string) // the folder of the build
	status int
	said   string // on stderr
}

func TestHook(t *testing.T) {
	testenv.Tool(t, "patchelf")
	const mark = "touch ../../outside/MARK"
	good := func(*record.Wheel) {}
	table := []hookAttack{
		{name: "nothing", status: 0},
		{name: "a wheel that was tampered with", edit: func(w *record.Wheel) { w.Member(data).Data = "some date\n" }, status: 1, said: mismatch},
		{name: "a tree that was tampered with", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, status: 1, said: mismatch},
		{name: "a module that was added on the way", tree: func(t *record.Tree) { t.Add("demo/evil.py", "x") }, status: 1, said: unlisted},
		{name: "a wheel with a journal", edit: func(w *record.Wheel) { w.Add("demo-1.0.data/data/.wheel-auto-patch-journal", "{}") }, status: 1, said: unsafePath},
		{name: "an archive that is none", disk: func(g *ground, b string) { g.write(filepath.Join(b, "dist", record.Good().File), "evil") }, status: 1, said: damagedArchive},
		{name: "a second wheel in dist", disk: func(g *ground, b string) {
			w := record.Good()
			renamed(w, "evil-1.0.dist-info")
			w.File = "evil-1.0-py3-none-any.whl"
			set(w, "evil-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
			g.write(filepath.Join(b, "dist", w.File), string(w.Bytes()))
		}, status: 1, said: "record-absent"},
		{name: "a wheel of a name with a command", disk: func(g *ground, b string) {
			g.write(filepath.Join(b, "dist", "$(touch MARK)-1.0-py3-none-any.whl"), "x")
		}, status: 1, said: malformedOr},
		{name: "a wheel of a name that is a flag", disk: func(g *ground, b string) { g.write(filepath.Join(b, "dist", "--record=off.whl"), "x") }, status: 1, said: malformedOr},
		{name: "a wheel of a name with a newline", disk: func(g *ground, b string) { g.write(filepath.Join(b, "dist", "a\nEVIL.whl"), "x") }, status: 1, said: malformedOr},
		{name: "a folder called as a wheel", disk: func(g *ground, b string) { g.write(filepath.Join(b, "dist", "x.whl", "y"), "x") }, status: 0},
		{name: "a wheel that is a link to nothing", disk: func(g *ground, b string) {
			if err := os.Symlink("nowhere", filepath.Join(b, "dist", "x.whl")); err != nil {
				g.Fatal(err)
			}
		}, status: 0},
		{name: "globs that are commands", setup: `wheelAutoPatchIgnoreMissingDeps='$(` + mark + `) ` + "`" + mark + "`" + `'`, status: 0},
		{name: "a glob of everything does not hide a false hash", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, setup: `wheelAutoPatchIgnoreMissingDeps='*'`, status: 1, said: mismatch},
		{name: "a RECORD glob for another file", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, setup: `wheelAutoPatchIgnoreRecord='demo/*.py'`, status: 1, said: mismatch},
		{name: "a RECORD mode that does not exist", setup: `wheelAutoPatchRecord=none`, status: 1, said: "none"},
		{name: "an array of commands", setup: `wheelAutoPatchIgnoreMissingDeps=('$(` + mark + `)' 'a b')`, status: 0},
		{name: "a search path that is a command", setup: `addWheelAutoPatchSearchPath '$(` + mark + `)' '/x y'`, status: 1, said: "no such directory"},
		{name: "an output of a name with blanks and a command", setup: `mv "$out" "$PWD/o ut\$(x)"; out="$PWD/o ut\$(x)"`, status: 0},
		{name: "set -f", setup: "set -f", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, status: 1, said: mismatch},
		{name: "set -u", setup: "set -u", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, status: 1, said: mismatch},
		{name: "failglob", setup: "shopt -s failglob", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, status: 1, said: mismatch},
		{name: "IFS of letters", setup: "IFS=dhw", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, status: 1, said: mismatch},
		{name: "IFS of a slash", setup: "IFS=/", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, status: 1, said: mismatch},
		{name: "nocasematch and dotglob", setup: "shopt -s nocasematch dotglob", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, status: 1, said: mismatch},
		{name: "extglob off and posix", setup: "set -o posix", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, status: 1, said: mismatch},
		{name: "CDPATH", setup: "CDPATH=/", tree: func(t *record.Tree) { t.Set(data, "some date\n") }, status: 1, said: mismatch},
	}
	seen := map[string]bool{}
	for _, a := range table {
		if a.edit == nil {
			a.edit = good
		}
		if seen[a.name] {
			t.Errorf("%q: twice", a.name)
		}
		seen[a.name] = true
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			measured.Add(1)
			if faults := a.run(newGround(t)); len(faults) > 0 {
				t.Error(strings.Join(faults, "\n"))
			}
		})
	}
}

// malformedOr is what any archive that is none is told by.
const malformedOr = "error: "

func (a hookAttack) run(g *ground) (faults []string) {
	g.Helper()
	build := filepath.Join(g.in, "build")
	tree := record.Installed()
	// What lies in place of an object must be none, for patch to be content.
	tree.Set("demo/core.so", "core")
	if a.tree != nil {
		a.tree(tree)
	}
	if _, err := tree.Write(build); err != nil {
		g.Fatal(err)
	}
	w := record.Good()
	set(w, "demo/core.so", "core")
	a.edit(w)
	g.write(filepath.Join(build, "dist", w.File), string(w.Bytes()))
	if a.disk != nil {
		a.disk(g, build)
	}
	hook := filepath.Join(g.in, "hook.sh")
	g.write(hook, hookFragment(g))
	script := `set -e -o pipefail
shopt -s nullglob
addEnvHooks() { :; }
declare -a preFixupHooks=() postFixupHooks=()
targetOffset=0 outputs=out
. "$1"
` + a.setup + `
wheelAutoPatchVerifyHook || exit 1
wheelAutoPatchPatchHook || exit 1
`
	cmd := exec.Command("bash", "-c", script, "bash", hook)
	cmd.Dir = build
	cmd.Env = append(g.program(g.Context(), nil, nil).Env, "out="+filepath.Join(build, "out"), "NIX_BUILD_CORES=1")
	before := g.snapshot([]string{"patch", g.in + "/build"})
	text, err := cmd.CombinedOutput()
	status := cmd.ProcessState.ExitCode()
	if status != a.status {
		faults = append(faults, "exit status "+cmd.ProcessState.String())
	}
	if !strings.Contains(string(text), a.said) {
		faults = append(faults, "no "+a.said)
	}
	faults = append(faults, differences(before, g.snapshot([]string{"patch", g.in + "/build"}))...)
	faults = append(faults, lineFaults(string(text))...)
	faults = append(faults, unprintable(result{stderr: string(text)})...)
	if len(faults) > 0 {
		faults = append(faults, string(text), "error: "+errorText(err))
	}
	return faults
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
