package hook

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Rule: wheelAutoPatchTrace runs once, with what the outputs hold on the path, wherever
// blanks are; with musl without a report, which the log says; where this machine does not
// run what is built not at all.
func TestTrace(t *testing.T) {
	hook := fragment(t)
	text, err := os.ReadFile(hook)
	if err != nil {
		t.Fatal(err)
	}
	cross := filepath.Join(t.TempDir(), "cross.sh")
	if err := os.WriteFile(cross, []byte(strings.Replace(string(text), "local runs='1'", "local runs=''", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	const code = "import there\nprint('ran', there.__name__)\n"
	for _, c := range []struct {
		name, hook, loader, code string
		fails                    bool
		has, lacks               []string
	}{
		{"glibc", hook, "/lib64/ld-linux-x86-64.so.2", code, false, []string{"ran there\n", "asked for by name"}, []string{"musl"}},
		{"musl", hook, "/lib/ld-musl-x86_64.so.1", code, false, []string{"ran there\n", "musl's loader does not tell"}, []string{"asked for by name"}},
		{"cross", cross, "/lib64/ld-linux-x86-64.so.2", code, false, []string{"is not run"}, []string{"ran there"}},
		{"fails", hook, "/lib64/ld-linux-x86-64.so.2", "raise SystemExit(3)", true, []string{"ended with status 3"}, nil},
		{"musl fails", hook, "/lib/ld-musl-x86_64.so.1", "raise SystemExit(3)", true, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a build * here")
			site := filepath.Join(dir, "out", "lib", "python3", "site-packages")
			support := filepath.Join(dir, "bintools", "nix-support")
			for _, d := range []string{site, support} {
				if err := os.MkdirAll(d, 0o777); err != nil {
					t.Fatal(err)
				}
			}
			for file, text := range map[string]string{site + "/there.py": "", dir + "/there.py": "raise Exception", support + "/dynamic-linker": c.loader} {
				if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("bash", "-c", `set -e -o pipefail
shopt -s nullglob
addEnvHooks() { :; }
targetOffset=0 outputs=out
. "$1"
for hook in "${postInstallCheckHooks[@]}" ${preDistPhases[*]}; do
  "$hook" || exit 7
done
`, "bash", c.hook)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "out="+filepath.Join(dir, "out"), "NIX_BINTOOLS="+filepath.Dir(support), "wheelAutoPatchTrace="+c.code)
			text, err := cmd.CombinedOutput()
			if (err != nil) != c.fails {
				t.Fatalf("%v: %s", err, text)
			}
			for _, want := range c.has {
				if strings.Count(string(text), want) != 1 {
					t.Errorf("%q is not there once: %s", want, text)
				}
			}
			for _, not := range c.lacks {
				if strings.Contains(string(text), not) {
					t.Errorf("%q in %s", not, text)
				}
			}
		})
	}
}
