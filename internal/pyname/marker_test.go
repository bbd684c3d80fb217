package pyname_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// ask runs a script on the package packaging with a value as JSON on stdin, and decodes what
// it prints.
func ask[T any](t *testing.T, script string, value any) (answer T) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testenv.Tool(t, "python3"), "-c", "import json, sys\ngiven = json.load(sys.stdin)\n"+script)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+testenv.Wheel(t, "packaging")) // Python imports from archives
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(text)), os.Stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// versionTexts are versions in many spellings, and what is none.
func versionTexts() []string {
	out := []string{"", "x", "1.0.*", "1..0", "01.0", "1.0 ", "\t1.0", "1.0+", "1.0é", "3.11.99999999999999999999"}
	for _, release := range []string{"0", "1", "1.0", "1.0.0", "1.1", "2", "v1.0", "1!1", "10", "3.9", "3.10", "3.11.2"} {
		for _, suffix := range []string{"", "a1", "b2", "-c.3", "rc3", ".dev0", ".dev1", "dev", ".post0", "-1", ".post2", "a1.post1", "a1.dev2", ".post1.dev3"} {
			out = append(out, release+suffix)
		}
	}
	return out
}

// Rule: a condition on a version is read, and holds, where packaging.specifiers says so.
func TestSpecifiersArePackagings(t *testing.T) {
	versions := versionTexts()
	var texts []string
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">", "~=", "===", "=", "<>", ""} {
		for _, v := range append(versions, "1.*", "3.11.*", "1a1.*", "1.0.dev1.*", "1+a.*", "1.0+local.1", "1.0+1", "1 .*", "a b", "a;b", "*") {
			texts = append(texts, op+v, op+" "+v)
		}
	}
	want := ask[[][]bool](t, `
from packaging.specifiers import Specifier, InvalidSpecifier
def contains(text):
    try:
        s = Specifier(text)
    except InvalidSpecifier:
        return None
    return [s.contains(v, prereleases=True) for v in given["versions"]]
json.dump([contains(t) for t in given["texts"]], sys.stdout)`, map[string]any{"versions": versions, "texts": texts})
	read := 0
	for i, text := range texts {
		s, ok := pyname.ParseSpecifier(text)
		if ok != (want[i] != nil) {
			t.Errorf("%q: read is %v", text, ok)
			continue
		}
		if !ok {
			continue
		}
		read++
		for j, v := range versions {
			if got := s.Contains(v); got != want[i][j] {
				t.Errorf("%q contains %q is %v", text, v, got)
			}
		}
	}
	if read < len(texts)/2 {
		t.Errorf("%d of %d were read: they prove little", read, len(texts))
	}
}

// environments are what markers are evaluated in.
func environments() (out []pyname.Environment) {
	for _, python := range []string{"3.7", "3.9", "3.10", "3.11", "3.14"} {
		for _, machine := range []string{"x86_64", "aarch64"} {
			for _, extra := range []string{"", "test", "dev-tools"} {
				out = append(out, pyname.Environment{Python: python, Full: python + ".4", Machine: machine, Extra: extra})
			}
		}
	}
	return out
}

// packagingMarkers evaluates requirements in environments. A nil line is one that it cannot
// read, a nil value a marker that is not defined there.
const packagingMarkers = `
from packaging.requirements import Requirement, InvalidRequirement
from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.utils import canonicalize_name
def environment(e):
    return {"python_version": e["Python"], "python_full_version": e["Full"], "implementation_version": e["Full"],
        "platform_machine": e["Machine"], "extra": e["Extra"], "os_name": "posix", "sys_platform": "linux",
        "platform_system": "Linux", "implementation_name": "cpython", "platform_python_implementation": "CPython",
        "platform_release": "", "platform_version": ""}
environments = [environment(e) for e in given["environments"]]
def read(line):
    try:
        r = Requirement(line)
    except InvalidRequirement:
        return None
    def holds(e):
        try:
            return r.marker.evaluate(e) if r.marker else True
        except (UndefinedComparison, UndefinedEnvironmentName):
            return None
    return {"Line": line, "Name": canonicalize_name(r.name), "Extras": sorted(map(canonicalize_name, r.extras)), "Holds": [holds(e) for e in environments]}
`

type packagingRequirement struct {
	Line, Name string
	Extras     []string
	Holds      []*bool
}

// compareRequirement reports where a line is read otherwise than by packaging.
func compareRequirement(t *testing.T, line string, want *packagingRequirement, in []pyname.Environment) {
	t.Helper()
	r, err := pyname.ParseRequirement(line)
	if want == nil || err != nil {
		if (want == nil) != (err != nil) {
			t.Errorf("%q: %v; packaging: %+v", line, err, want)
		}
		return
	}
	extras := slices.Sorted(slices.Values(r.Extras))
	if r.Name != want.Name || !slices.Equal(slices.Compact(extras), slices.Compact(want.Extras)) {
		t.Errorf("%q: %s %q; packaging: %s %q", line, r.Name, extras, want.Name, want.Extras)
	}
	for i, e := range in {
		holds, err := r.Holds(e)
		if (err != nil) != (want.Holds[i] == nil) || err == nil && holds != *want.Holds[i] {
			t.Errorf("%q in %+v: %v, %v", line, e, holds, err)
		}
	}
}

// Rule: a marker is read, and holds, where packaging.markers says so.
func TestMarkersArePackagings(t *testing.T) {
	lines, in := markerLines(), []pyname.Environment{}
	for i, e := range environments() {
		if i%4 == 0 {
			in = append(in, e)
		}
	}
	want := ask[[]*packagingRequirement](t, packagingMarkers+`json.dump([read(l) for l in given["lines"]], sys.stdout)`,
		map[string]any{"environments": in, "lines": lines})
	read, held, all := 0, 0, 0
	for i, line := range lines {
		compareRequirement(t, line, want[i], in)
		if want[i] == nil {
			continue
		}
		read++
		for _, h := range want[i].Holds {
			if all++; h != nil && *h {
				held++
			}
		}
	}
	if read < len(lines)/3 || held < all/10 || held > all*9/10 {
		t.Errorf("%d of %d lines can be read, %d of %d markers hold: they prove little", read, len(lines), held, all)
	}
}

// markerLines are requirements of all that markers are made of, and some with a few letters
// changed.
func markerLines() []string {
	variables := []string{
		"python_version", "python_full_version", "os_name", "os.name", "sys_platform", "sys.platform", "platform_machine", "platform.machine",
		"platform_python_implementation", "platform.python_implementation", "python_implementation", "platform_release", "platform_system",
		"platform_version", "platform.version", "implementation_name", "implementation_version", "extra", "extras", "dependency_groups", "nothing",
	}
	values := []string{
		"3", "3.9", "3.10", "3.11", "3.11.4", "3.*", "3.11.*", "2.7", "v3.11", "3.11a1", "x86_64", "aarch64", "arm64", "posix", "linux", "win32", "Linux",
		"darwin", "CPython", "PyPy", "cpython", "test", "Dev_Tools", "dev-tools", "", "x86_64 AMD64", "3.10 3.11", "lin", `a'b`,
	}
	operators := []string{"==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in", "not  in", "<>", "=", "is"}
	rng := rand.New(rand.NewPCG(3, 4))
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	quoted := func() string {
		v := pick(values)
		if strings.Contains(v, "'") || rng.IntN(2) == 0 {
			return `"` + v + `"`
		}
		return "'" + v + "'"
	}
	item := func() string {
		op := operators[rng.IntN(len(operators)-3*min(1, rng.IntN(20)))]
		space := []string{" ", " ", " ", "  ", "\t", ""}[rng.IntN(6)]
		if strings.IndexAny(op, "in") == 0 {
			space = " "
		}
		switch rng.IntN(12) {
		case 0:
			return quoted() + space + op + space + quoted()
		case 1:
			return pick(variables) + space + op + space + pick(variables)
		case 2, 3, 4:
			return quoted() + space + op + space + pick(variables[:len(variables)-3])
		}
		return pick(variables[:len(variables)-rng.IntN(4)]) + space + op + space + quoted()
	}
	var marker func(depth int) string
	marker = func(depth int) string {
		out := item()
		for range rng.IntN(3) {
			next := item()
			if depth > 0 && rng.IntN(3) == 0 {
				next = "(" + marker(depth-1) + ")"
			}
			out += pick([]string{" and ", " or ", "  or\t"}) + next
		}
		return out
	}
	heads := []string{"a", "A.b_c", "a [x]", "a[x,Y_z]", "a [ x , y ]>=1", "a (>=1.0,<2)", "a>=1.0,!=1.5.*", "a @ file:///x.whl ", " a ", "a[]", "a[x", "a ==1.0"}
	lines := append(slices.Clone(heads), "a-", "a-;", "-a", "a b", "", "a.")
	for _, v := range variables {
		for _, op := range operators {
			for _, value := range values {
				lines = append(lines, fmt.Sprintf("a; %s %s %q", v, op, value))
			}
		}
	}
	deep := func(n int) string {
		return "a; " + strings.Repeat("(", n) + "os_name == 'posix'" + strings.Repeat(")", n)
	}
	lines = append(lines, deep(3), deep(200), deep(201), "a; ", "a;()", "a; os_name == 'posix' extra", "a; os_name == 'po\\x73ix' and (", "a; os_name == 'posix", "a; 'x'in'xy'")
	for range 6000 {
		lines = append(lines, pick(heads[:len(heads)-1])+"; "+marker(3))
	}
	letters := []rune("()'\"; a1=<>!~.*_[],")
	for range 2000 {
		head, text, _ := strings.Cut(lines[rng.IntN(len(lines))], ";") // what is wrong with versions is not read
		line := []rune(text)
		at := rng.IntN(len(line) + 1)
		lines = append(lines, head+";"+string(slices.Replace(line, at, min(len(line), at+rng.IntN(2)), letters[rng.IntN(len(letters))])))
	}
	return lines
}

// Rule: of every Requires-Dist of the wheels that are here, those of the corpus among them,
// packaging.markers says the same, for each Python, machine and extra that they may be for.
func TestRequirementsOfWheelsArePackagings(t *testing.T) {
	files := []string{testenv.Wheel(t, "packaging"), testenv.Wheel(t, "numba"), testenv.Wheel(t, "psycopg2-binary")}
	cache := filepath.Dir(filepath.Dir(files[0]))
	for _, dir := range []string{"wheels", "corpus/wheels"} {
		more, _ := filepath.Glob(filepath.Join(cache, dir, "*.whl"))
		files = append(files, more...)
	}
	in := environments()
	want := ask[[]*packagingRequirement](t, packagingMarkers+`
import email.parser, zipfile
out = {}
for file in given["files"]:
    archive = zipfile.ZipFile(file)
    for name in archive.namelist():
        if name.endswith(".dist-info/METADATA") and name.count("/") == 1:
            text = archive.read(name).decode("utf-8", "replace")
            for line in email.parser.HeaderParser().parsestr(text).get_all("Requires-Dist", []):
                out[line] = read(line)
json.dump([{"Line": line, **(r or {})} for line, r in out.items()], sys.stdout)`, map[string]any{"environments": in, "files": files})
	t.Logf("measured: %d requirements of %d wheels, each in %d environments", len(want), len(files), len(in))
	for _, w := range want {
		if w.Holds == nil {
			compareRequirement(t, w.Line, nil, in)
		} else {
			compareRequirement(t, w.Line, w, in)
		}
	}
}
