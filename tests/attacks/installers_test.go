package attacks

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// allInstalled makes TestAcceptedArchives install every archive by every installer, not
// a sample by two.
const allInstalled = "WHEEL_AUTO_PATCH_INSTALL_ALL"

// sampled is how many are installed otherwise.
const sampled = 20

// installAll installs wheels in one process, for Python and pip take longer to start
// than to install. It prints for each what was wrong, or nothing, and the hashes of
// what the archive holds.
const installAll = `import contextlib, hashlib, io, json, subprocess, sys, zipfile
tool, name, jobs = sys.argv[1], sys.argv[2], json.load(sys.stdin)
sys.path.insert(0, tool)
if name == "pip":
    from pip._internal.cli.main import main
elif name == "installer":
    from installer.__main__ import _main
said, held = [], []
for wheel, prefix in jobs:
    words = io.StringIO()
    try:
        with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
            if name == "uv":
                done = subprocess.run([tool + "/bin/uv", "pip", "install", "--quiet", "--no-deps", "--no-index", "--offline",
                                       "--no-cache", "--python", sys.executable, "--prefix", prefix, wheel],
                                      stderr=subprocess.PIPE, text=True)
                status = done.returncode
                words.write(done.stderr)
            elif name == "pip":
                status = main(["install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--ignore-installed",
                               "--disable-pip-version-check", "--prefix", prefix, wheel])
            else:
                status = _main(["--prefix", prefix, "--no-compile-bytecode", wheel], "installer")
        said.append("" if not status else words.getvalue() or "status")
    except BaseException as e:
        said.append(repr(e) + words.getvalue())
    z = zipfile.ZipFile(wheel)
    held.append([hashlib.sha256(z.read(n)).hexdigest() for n in z.namelist()])
print(json.dumps({"said": said, "held": held}))
`

// An accepted is an archive that verify lets by.
type accepted struct{ name, path string }

// acceptedArchives are the wheels of the tables that verify lets by.
func acceptedArchives(t *testing.T) (list []accepted) {
	t.Helper()
	tables := slices.Concat(
		headerAttacks("local header", localFields, wrongs, on(func(w *record.Wheel, edit func(h []byte)) { w.Member(data).Local = edit })),
		headerAttacks("central header", centralFields, wrongs, on(func(w *record.Wheel, edit func(h []byte)) { w.Member(data).Central = edit })),
		flagAttacks(), extraAttacks(), modeAttacks(), zipWholes(), fileNames(), infoNames(), metadataAttacks(), digests(), sizes(), csvTexts(), ownRows(),
	)
	for _, a := range tables {
		if len(a.want) > 0 || a.cannot || a.todo != "" {
			continue
		}
		args := a.edit(newGround(t))
		path := args[len(args)-1]
		if !strings.HasSuffix(path, "-none-any.whl") || strings.HasPrefix(filepath.Base(path), "0123456789") {
			continue // pip takes no tag of another Python, nor the name in a store
		}
		list = append(list, accepted{name: a.name, path: path})
	}
	return list
}

// Rule: of an archive that verify accepts no installer makes a file that its RECORD
// does not cover, with other contents than a member has.
func TestAcceptedArchives(t *testing.T) {
	list := acceptedArchives(t)
	if os.Getenv(allInstalled) == "" {
		step := len(list) / sampled
		for i := range sampled {
			list[i] = list[i*step]
		}
		list = list[:sampled]
	}
	venv, err := record.VirtualEnvironment()
	if err != nil {
		testenv.Lacks(t, "%v", err)
	}
	t.Cleanup(func() { os.RemoveAll(venv) })
	for _, i := range record.Installers() {
		if slow := i.Name == "uv" || i.Version == "23.2.1" || i.Version == "0.7.0"; slow && os.Getenv(allInstalled) == "" {
			continue // tests/record runs them all
		}
		t.Run(i.Name+" "+i.Version, func(t *testing.T) {
			t.Parallel()
			tool, err := i.Fetch()
			if err != nil {
				testenv.Lacks(t, "%v", err)
			}
			var jobs [][2]string
			for n, a := range list {
				jobs = append(jobs, [2]string{a.path, filepath.Join(t.TempDir(), fmt.Sprint(n))})
			}
			in, err := json.Marshal(jobs)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(filepath.Join(venv, "bin", "python3"), "-c", installAll, tool, i.Name)
			cmd.Stdin = bytes.NewReader(in)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			var answer struct {
				Said []string
				Held [][]string
			}
			if e := json.Unmarshal(out, &answer); err != nil || e != nil {
				t.Fatalf("%v, %v: %s", err, e, stderr.Bytes())
			}
			installed := 0
			for n, a := range list {
				if answer.Said[n] != "" {
					t.Logf("%s: refused: %.200q", a.name, answer.Said[n])
					continue
				}
				installed++
				for _, fault := range uncovered(answer.Held[n], jobs[n][1]) {
					t.Errorf("%s: %s", a.name, fault)
				}
			}
			if installed < len(list)*3/4 {
				t.Errorf("%d of %d were installed", installed, len(list))
			}
		})
	}
}

// uncovered returns the files below a prefix whose contents are none of those held.
func uncovered(held []string, prefix string) (faults []string) {
	err := filepath.WalkDir(prefix, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		made := []string{"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json", ".lock", "demo", "demo-run"}
		if slices.Contains(made, filepath.Base(path)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !slices.Contains(held, fmt.Sprintf("%x", sha256.Sum256(text))) {
			faults = append(faults, path+" has the contents of no member")
		}
		return nil
	})
	if err != nil {
		faults = append(faults, err.Error())
	}
	return faults
}
