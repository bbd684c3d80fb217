package wheels_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
)

// A comparison counts what was compared with the loader's own answer.
type comparison struct{ objects, needs, differences int }

func (c *comparison) add(d comparison) {
	c.objects += d.objects
	c.needs += d.needs
	c.differences += d.differences
}

// compare asks the real loader for each object, and compares file by file, by
// real path.
func (g *ground) compare(t *testing.T, root string, objects []report.ObjectReport) comparison {
	t.Helper()
	var c comparison
	for _, o := range objects {
		if len(o.Needed) == 0 {
			continue
		}
		loaded := g.list(t, filepath.Join(root, o.Path))
		c.objects++
		for _, n := range o.Needed {
			c.needs++
			if want, got := real(loaded[n.Soname]), real(n.Path); got != want || got == "" {
				c.differences++
				t.Errorf("%s: %s: report %q (%s, %s), loader %q", o.Path, n.Soname, n.Path, n.Status, n.Via, loaded[n.Soname])
			}
		}
	}
	return c
}

// listed matches "name => path (0x…)" and "path (0x…)" of ld.so --list.
var listed = regexp.MustCompile(`(?m)^\t(?:(\S+) => )?(/\S+) \(0x`)

// list returns what the store's loader opens for a file, by the name it was asked
// for; the loader itself has its base name.
func (g *ground) list(t *testing.T, file string) map[string]string {
	t.Helper()
	cmd := exec.Command(g.store.Loader, "--list", file)
	cmd.Env = []string{"LC_ALL=C"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %v\n%s", cmd.Args, err, out)
	}
	loaded := map[string]string{}
	for _, m := range listed.FindAllStringSubmatch(string(out), -1) {
		name := m[1]
		// The loader may list itself under another object's name, if that has an
		// empty PT_INTERP.
		if name == "" || filepath.Base(m[2]) == filepath.Base(g.store.Loader) {
			name = filepath.Base(m[2])
		}
		loaded[name] = m[2]
	}
	return loaded
}

func real(path string) string {
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	return path
}
