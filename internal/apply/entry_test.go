package apply

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
)

// Rule: a line names nothing outside of the root, keeps nothing under a name that is
// not temporary, and does not name the journal file.
func TestHostileLines(t *testing.T) {
	const kept = `"` + atomicfile.Prefix + `old-1"`
	for _, line := range []string{
		"", "null", "[]", `{"kept":`, "\x00\xff", "done ", "done x", "temp", "undo",
		`temp "../` + atomicfile.Prefix + `x"`, `temp "/` + atomicfile.Prefix + `x"`, `temp "own"`, `temp "a/../` + atomicfile.Prefix + `x"`,
		`temp "` + journalName + `"`, `temp "` + atomicfile.Prefix + `x\x00"`, "temp `" + atomicfile.Prefix + "x`", `temp '` + atomicfile.Prefix + `'`,
		`dir ".."`, `dir "."`, `dir ""`, `dir "/"`, `undone "own"`,
		`undo 1 2 3 ` + kept + ` "" "../victim"`, `undo 1 2 3 ` + kept + ` "" "/victim"`, `undo 1 2 3 ` + kept + ` "" "` + journalName + `"`,
		`undo 1 2 3 "own" "" "own"`, `undo 1 2 3 "../` + atomicfile.Prefix + `x" "" "own"`, `undo 1 2 3 ` + kept + ` "../x" "own"`,
		`undo 1 2 3 ` + kept + ` ""`, `undo 1 2 ` + kept + ` "" "own"`, `undo -1 2 3 ` + kept + ` "" "own"`, `undo 1 2 03 ` + kept + ` "" "own"`,
		`undo 1 2 3 ` + kept + ` ""  "own"`, `undo 1 2 3 ` + kept + ` "" "own" `, `undo 1 2 3 ` + kept + ` "" "own`,
	} {
		if e, err := parseEntry(line); err == nil {
			t.Errorf("%q: %+v", line, e)
		}
	}
}

// FuzzEntry: whatever line is taken names what lies below the root, and is the line
// that String writes. What String writes of any names is taken, and says the same.
func FuzzEntry(f *testing.F) {
	const root = "/tree"
	f.Add(entry{verb: verbDone}.String(), "a", "b")
	f.Add(entry{verb: verbTemp, path: "a/" + atomicfile.Prefix + "new-1"}.String(), "\xff\n", "a b")
	f.Add(entry{verb: verbDir, path: "a/b"}.String(), `"`, "../x")
	f.Add(entry{verb: verbUndo, undo: undo{kept: atomicfile.Prefix + "old-1", made: "lib/x", names: []string{"a", "b\xff"}}}.String(), "", "/")
	f.Fuzz(func(t *testing.T, line, one, two string) {
		line = strings.TrimSuffix(line, "\n")
		if e, err := parseEntry(line); err == nil {
			if e.String() != line+"\n" {
				t.Errorf("%q is read as %q", line, e.String())
			}
			for _, path := range append([]string{e.path, e.undo.kept, e.undo.made}, e.undo.names...) {
				if file := filepath.Join(root, path); path != "" && (!strings.HasPrefix(file, root+"/") || file != root+"/"+path) {
					t.Errorf("%q names %q", line, path)
				}
			}
		}
		e := entry{verb: verbUndo, undo: undo{kept: atomicfile.Prefix + "old-1", made: one, names: []string{one, two}}}
		text := e.String()
		if strings.Count(text, "\n") != 1 {
			t.Errorf("%q is several lines", text)
		}
		got, err := parseEntry(strings.TrimSuffix(text, "\n"))
		if taken := isInside(one) && isInside(two); (err == nil) != taken || taken && !reflect.DeepEqual(got, e) {
			t.Errorf("%q: %v, %+v", text, err, got)
		}
	})
}
