package attacks

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// A linked is a tree into which links are to be placed: an object needs a library that
// only the inputs have, and searches its own folder.
type linked struct {
	*ground
	out, inputs string
}

// symlink makes a link at a path of the tree.
func (l *linked) symlink(to, path string) {
	if err := os.Symlink(to, filepath.Join(l.out, path)); err != nil {
		l.Fatal(err)
	}
}

// input is the path of a library among the inputs, as a link that is placed has it.
func (l *linked) input(name string) string { return l.inputs + "/./" + name }

// A linkAttack is something done to such a tree.
type linkAttack struct {
	name    string
	objects []string // of the package; nil: ext.so
	layout  string   // empty: link
	flags   []string
	do      func(l *linked)
	want    []string
	any     bool              // whatever the problems are
	links   map[string]string // what links the tree has then, to where: OUT is the tree, IN the inputs
	check   func(l *linked) []string
}

// linkAttacks are what may be found where a link is to be placed.
func linkAttacks() []linkAttack {
	const name = pkg + "libdep.so"
	placed := map[string]string{name: "IN/./libdep.so"}
	at := func(path string) func(l *linked) string {
		return func(l *linked) string { return filepath.Join(l.out, path) }
	}
	here := at(name)
	must := func(l *linked, err error) {
		if err != nil {
			l.Fatal(err)
		}
	}
	rows := func(l *linked, text string) {
		l.write(at(pkgInfo+"RECORD")(l), text+l.files(l.out)[pkgInfo+"RECORD"])
	}
	return []linkAttack{
		{name: "nothing", links: placed},
		{name: "a FIFO of that name", any: true, do: func(l *linked) { must(l, syscall.Mkfifo(here(l), 0o666)) }},
		{name: "a folder of that name", any: true, do: func(l *linked) { must(l, os.Mkdir(here(l), 0o777)) }},
		{name: "a text of that name", any: true, flags: []string{"--record=off"}, do: func(l *linked) { l.write(here(l), "x") }},
		{name: "a link of that name to nothing", any: true, flags: []string{"--record=off"}, do: func(l *linked) { l.symlink("/nowhere/libdep.so", name) }, links: map[string]string{name: "/nowhere/libdep.so"}},
		{name: "a link of that name to itself", any: true, flags: []string{"--record=off"}, do: func(l *linked) { l.symlink("libdep.so", name) }, links: map[string]string{name: "libdep.so"}},
		{name: "a link of that name to a file outside", any: true, flags: []string{"--record=off"}, do: func(l *linked) { l.symlink("../../../../../../outside/file", name) }, links: map[string]string{name: "../../../../../../outside/file"}},
		{name: "a link as patch places it, to nothing", any: true, flags: []string{"--record=off"}, do: func(l *linked) { l.symlink("/nowhere/./libdep.so", name) }, links: map[string]string{name: "/nowhere/./libdep.so"}},
		{name: "a link as patch places it, out of all that was named", any: true, do: func(l *linked) {
			l.write(filepath.Join(l.top, "outside", "other", "libdep.so"), objects(l)["libdep.so"])
			l.symlink(l.top+"/outside/other/./libdep.so", name)
			rows(l, record.Row("pkg/libdep.so", objects(l)["libdep.so"])+"\n")
		}, want: []string{outside}, links: map[string]string{name: "TOP/outside/other/./libdep.so"}},
		{name: "a link as patch places it, with another hash", do: func(l *linked) {
			l.symlink(l.input("libdep.so"), name)
			rows(l, record.Row("pkg/libdep.so", "other")+"\n")
		}, want: []string{outside}, links: placed},
		{name: "a link as patch places it, that no RECORD lists", any: true, do: func(l *linked) { l.symlink(l.input("libdep.so"), name) }, want: []string{unlisted}, links: placed},
		{name: "a link as patch places it", do: func(l *linked) {
			l.symlink(l.input("libdep.so"), name)
			rows(l, record.Row("pkg/libdep.so", objects(l)["libdep.so"])+"\n")
		}, links: placed},
		{name: "a link as patch places it, in the layout origin", layout: "origin", do: func(l *linked) {
			l.symlink(l.input("libdep.so"), name)
			rows(l, record.Row("pkg/libdep.so", objects(l)["libdep.so"])+"\n")
		}, check: func(l *linked) (faults []string) {
			if strings.Contains(l.files(l.out)[pkgInfo+"RECORD"], "libdep.so") {
				faults = append(faults, "RECORD lists the link that was removed")
			}
			return faults
		}},
		{name: "a link as patch places it, that stays in the tree", layout: "origin", flags: []string{"--record=off"}, do: func(l *linked) {
			l.symlink(l.out+"/"+pkg+"./ext.so", pkg+"more.so")
		}, links: map[string]string{pkg + "more.so": "OUT/" + pkg + "./ext.so"}},
		{name: "a link as patch places it, in the place of a module", layout: "origin", any: true, flags: []string{"--record=off"}, do: func(l *linked) {
			l.symlink("/etc/./passwd", pkg+"data.txt")
		}},
		{name: "a link to the driver, of another name", any: true, do: func(l *linked) {
			l.symlink("/run/opengl-driver/lib/./evil.so", pkg+"evil.so")
		}, want: []string{unlisted}, links: map[string]string{pkg + "evil.so": "/run/opengl-driver/lib/./evil.so"}},
		{name: "a link that looks like one to the driver", any: true, do: func(l *linked) {
			l.symlink(l.top+"/outside/run/opengl-driver/lib/./libcuda.so", pkg+"libcuda.so")
		}, want: []string{unlisted}, links: map[string]string{pkg + "libcuda.so": "TOP/outside/run/opengl-driver/lib/./libcuda.so"}},
		{name: "a row for the link that is to be", do: func(l *linked) { rows(l, record.Row("pkg/libdep.so", "x")+"\n") }, want: []string{missing}},
		{name: "a row for the link that is to be, which is updated", flags: []string{"--record=off", "--update-record=all"}, do: func(l *linked) {
			rows(l, record.Row("pkg/libdep.so", "x")+"\n")
		}, links: placed, check: func(l *linked) (faults []string) {
			if n := strings.Count(l.files(l.out)[pkgInfo+"RECORD"], "pkg/libdep.so,"); n != 1 {
				faults = append(faults, fmt.Sprintf("%d rows for the link", n))
			}
			return faults
		}},
		{name: "a folder that is a link out of the tree", objects: []string{"below.so"}, any: true, flags: []string{"--record=off"}, do: func(l *linked) {
			l.symlink(l.top+"/outside", pkg+"below")
		}, links: map[string]string{pkg + "below": "TOP/outside"}},
		{name: "a folder that is a link to one of the tree", objects: []string{"below.so"}, any: true, flags: []string{"--record=off"}, do: func(l *linked) {
			l.symlink("../pkg", pkg+"below")
		}, links: map[string]string{pkg + "below": "../pkg"}},
		{name: "a folder that is not there", objects: []string{"below.so"}},
		{name: "a package that others share", do: func(l *linked) {
			const shares = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
			l.write(at(pkg+"__init__.py")(l), shares)
			must(l, os.Rename(at(pkgInfo)(l), at(site+"other-1.0.dist-info")(l)))
			l.write(at(site+"other-1.0.dist-info/METADATA")(l), "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
		}, flags: []string{"--record=off"}},
		{name: "an input that is a link to a text", do: func(l *linked) {
			must(l, os.Remove(l.inputs+"/libdep.so"))
			must(l, os.Symlink("../file", l.inputs+"/libdep.so"))
		}, want: []string{notFound}},
		{name: "an input that is a FIFO", do: func(l *linked) {
			must(l, os.Remove(l.inputs+"/libdep.so"))
			must(l, syscall.Mkfifo(l.inputs+"/libdep.so", 0o666))
		}, want: []string{notFound}},
		{name: "a name of the program's own", objects: []string{"odd:" + prefix + "x.so"}, any: true},
		{name: "a name with a new line", objects: []string{"odd:libx\n.so"}, any: true},
		{name: "a name that is no UTF-8", objects: []string{"odd:libx\xff.so"}, any: true},
		{name: "a name with a backslash", objects: []string{`odd:lib\x.so`}, any: true},
		{name: "a name that is a path", objects: []string{"odd:../libdep.so"}, any: true},
		{name: "the name ..", objects: []string{"odd:.."}, any: true},
	}
}

func TestLinks(t *testing.T) {
	var table []attack
	for _, x := range linkAttacks() {
		var l *linked
		table = append(table, attack{
			name: x.name, want: x.want, anything: x.any,
			edit: func(g *ground) []string {
				files := map[string]string{}
				for _, name := range append(x.objects, map[bool]string{true: "ext.so"}[x.objects == nil]) {
					if real, ok := strings.CutPrefix(name, "odd:"); ok {
						files["odd.so"] = fill(objects(g)["odd.so"], real)
						g.write(filepath.Join(g.top, "outside", "lib", strings.ReplaceAll(real, "/", "_")+"_"), "")
						if !strings.Contains(real, "/") && real != ".." {
							g.write(filepath.Join(g.top, "outside", "lib", real), fill(objects(g)[odd], real))
						}
					} else if name != "" {
						files[name] = objects(g)[name]
					}
				}
				l = &linked{ground: g, out: g.tree(files), inputs: filepath.Join(g.top, "outside", "lib")}
				g.write(filepath.Join(l.inputs, "libdep.so"), objects(g)["libdep.so"])
				if x.do != nil {
					x.do(l)
				}
				layout := "link"
				if x.layout != "" {
					layout = x.layout
				}
				return append(append([]string{"patch", "--format", "json", "--lib", l.inputs, "--layout", layout}, x.flags...), l.out)
			},
			check: func(g *ground, r result) []string {
				faults := l.wrongLinks(x.links)
				if x.check != nil {
					faults = append(faults, x.check(l)...)
				}
				return faults
			},
		})
	}
	attacks(t, table)
}

// wrongLinks compares the links of the tree with those that should be there, and says what
// of the program's own was left.
func (l *linked) wrongLinks(want map[string]string) (faults []string) {
	all := l.files(l.out)
	links := map[string]string{}
	for name := range all {
		if to, err := os.Readlink(filepath.Join(l.out, name)); err == nil {
			links[name] = to
		}
	}
	expand := strings.NewReplacer("OUT/", l.out+"/", "IN/", l.inputs+"/", "TOP/", l.top+"/")
	for name, to := range want {
		if links[name] != expand.Replace(to) {
			faults = append(faults, fmt.Sprintf("%s leads to %q, want %q", name, links[name], expand.Replace(to)))
		}
		delete(links, name)
	}
	for name, to := range links {
		faults = append(faults, fmt.Sprintf("the link %q to %q", name, to))
	}
	if left := litter(all); len(left) > 0 {
		faults = append(faults, fmt.Sprintf("left: %q", left))
	}
	slices.Sort(faults)
	return faults
}
