package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// missingBy lists who misses what: the object and the library, as the problems say.
func missingBy(p Plan) []string {
	out := []string{}
	for _, o := range p.Objects {
		for _, n := range o.Needs {
			if n.Status == Missing {
				out = append(out, o.Path+" "+n.Soname)
			}
		}
	}
	return out
}

// Rule: in a tree that nobody patches, what nothing leads to is judged by itself, and
// any other object where another leads to it.
func TestRoots(t *testing.T) {
	type m = map[string]*elfobj.Object
	for rule, c := range map[string]struct {
		objects m
		links   map[string]string
		want    []string
	}{
		"a library finds its needs through the RPATH of what loads it": {
			objects: m{
				"pkg/ext.so":          object("needed liba.so.1", "rpath $ORIGIN/.libs"),
				"pkg/.libs/liba.so.1": object("needed libb.so.1"),
				"pkg/.libs/libb.so.1": object(),
			},
		},
		"not through a RUNPATH": {
			objects: m{
				"pkg/ext.so":          object("needed liba.so.1", "runpath $ORIGIN/.libs"),
				"pkg/.libs/liba.so.1": object("needed libb.so.1"),
				"pkg/.libs/libb.so.1": object(),
			},
			want: []string{"pkg/.libs/liba.so.1 libb.so.1"},
		},
		"what is loaded already is not looked for": {
			objects: m{
				"pkg/ext.so":         object("needed liba.so.1 libb.so.1", "runpath $ORIGIN/libs"),
				"pkg/libs/liba.so.1": object("needed libb.so.1"),
				"pkg/libs/libb.so.1": object(),
			},
			// liba's needs come after those of ext.so.
		},
		"what one of two loads in vain is missing": {
			objects: m{
				"pkg/a.so":           object("needed liba.so.1", "rpath $ORIGIN/libs"),
				"pkg/b.so":           object("needed liba.so.1", "runpath $ORIGIN/libs"),
				"pkg/libs/liba.so.1": object("needed libb.so.1"),
				"pkg/libs/libb.so.1": object(),
			},
			want: []string{"pkg/libs/liba.so.1 libb.so.1"},
		},
		"of libraries that all need one another one is judged": {
			objects: m{
				"pkg/libs/liba.so.1": object("needed libb.so.1 libnone.so.1", "rpath $ORIGIN"),
				"pkg/libs/libb.so.1": object("needed liba.so.1 libnone.so.2"),
			},
			want: []string{"pkg/libs/liba.so.1 libnone.so.1", "pkg/libs/libb.so.1 libnone.so.2"},
		},
		"what others name and none reaches is judged too": {
			objects: m{
				"pkg/a.so":            object("needed liba.so.1"),
				"pkg/libs/liba.so.1":  object("needed libb.so.1", "rpath $ORIGIN"),
				"pkg/libs/libb.so.1":  object("needed libc2.so.1"),
				"pkg/libs/libc2.so.1": object("needed libnone.so.1"),
			},
			want: []string{"pkg/a.so liba.so.1", "pkg/libs/libc2.so.1 libnone.so.1"},
		},
		"a module that another needs is imported by itself": {
			objects: m{
				"pkg/a.so":           object("needed b.so", "rpath $ORIGIN:$ORIGIN/libs"),
				"pkg/b.so":           object("needed liba.so.1"),
				"pkg/libs/liba.so.1": object(),
			},
			want: []string{"pkg/b.so liba.so.1"},
		},
		"a program that a library needs is started by itself": {
			objects: m{
				"bin/p":         object("interp "+planLoad, "needed liba.so.1", "runpath $ORIGIN/../lib"),
				"lib/liba.so.1": object("needed libb.so.1"),
				"lib/libb.so.1": object(),
			},
			want: []string{"lib/liba.so.1 libb.so.1"},
		},
		"a library that can be run is started by itself too": {
			objects: m{
				"pkg/ext.so":          object("needed liba.so.1", "rpath $ORIGIN/libs"),
				"pkg/libs/liba.so.1":  object("interp "+planLoad, "needed libb.so.1"),
				"pkg/libs/libb.so.1":  object(),
				"pkg/libs/libcc.so.1": object("needed liba.so.1", "rpath $ORIGIN"),
			},
			want: []string{"pkg/libs/liba.so.1 libb.so.1"},
		},
		"what nothing names comes before what comes first": {
			objects: m{
				"pkg/liba.so.1": object("needed libb.so.1"),
				"pkg/libb.so.1": object(),
				"pkg/libz.so.1": object("needed liba.so.1", "rpath $ORIGIN"),
			},
		},
		"one problem for a library that a link and its own path lead to": {
			objects: m{
				"bin/p":          object("interp "+planLoad, "needed libg.so", "runpath $ORIGIN/../lib"),
				"sp/pkg/a.so":    object("needed libg.so", "runpath $ORIGIN"),
				"sp/pkg/libg.so": object("needed libnone.so"),
			},
			links: map[string]string{"lib/libg.so": "sp/pkg/libg.so"},
			want:  []string{"sp/pkg/libg.so libnone.so"},
		},
		"by a link a library finds what lies beside the link": {
			objects: m{
				"bin/p":          object("interp "+planLoad, "needed libg.so", "runpath $ORIGIN/../lib"),
				"sp/pkg/libg.so": object("needed libf.so", "runpath $ORIGIN"),
				"sp/pkg/libf.so": object(),
			},
			links: map[string]string{"lib/libg.so": "sp/pkg/libg.so"},
			want:  []string{"sp/pkg/libg.so libf.so"},
		},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(c.objects)
			w.asIs, w.options.Jobs = true, 1
			for link, to := range c.links {
				w.real[path.Join(planOut, link)] = path.Join(planOut, to)
			}
			p := w.plan()
			if diff := cmp.Diff(append([]string{}, c.want...), missingBy(p)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			said := ""
			for _, q := range p.Problems {
				if len(q.NeededBy) != len(slices.Compact(slices.Sorted(slices.Values(q.NeededBy)))) {
					t.Errorf("%s: named twice in %q", q.Subject, q.NeededBy)
				}
				said += fmt.Sprint(q.Subject, q.NeededBy, "\n")
			}
			for _, want := range c.want {
				by, soname, _ := strings.Cut(want, " ")
				if !strings.Contains(said, by) || !strings.Contains(said, soname) {
					t.Errorf("no problem says %q:\n%s", want, said)
				}
			}
			if len(c.want) == 0 && len(p.Problems) > 0 {
				t.Errorf("%v", p.Problems)
			}
		})
	}
}

// Rule: a library that finds its needs by $ORIGIN, but not where a link leads to it, gets
// their directory as it is. An archive has no links.
func TestPlanReachesBesideLinks(t *testing.T) {
	for _, edited := range []bool{false, true} {
		w := newWorld(map[string]*elfobj.Object{
			"bin/p":          object("interp "+planLoad, "needed libg.so", "runpath $ORIGIN/../lib"),
			"sp/pkg/libg.so": object("needed libf.so", "runpath $ORIGIN"),
			"sp/pkg/libf.so": object(),
		})
		w.real[planOut+"/lib/libg.so"] = planOut + "/sp/pkg/libg.so"
		want := []string{"$ORIGIN", planOut + "/sp/pkg"}
		if edited {
			w.options.AppendRpaths = []string{"/nix/store/x/lib"}
			want = []string{"$ORIGIN", "/nix/store/x/lib", planOut + "/sp/pkg"}
		}
		p := w.plan()
		checkEdit(t, p, "sp/pkg/libg.so", runpath(want...))
		if len(p.Problems) > 0 || len(missingBy(p)) > 0 || planned(t, p, "bin/p").Closure == nil {
			t.Errorf("%v %v", p.Problems, missingBy(p))
		}
	}
}

// Rule: the loader is asked about every object that lacks nothing, by itself or behind
// another, also where what leads to it lacks something or may not be asked about.
func TestTheLoaderIsAskedAboutAll(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"bin/audited":       object("interp "+planLoad, "needed libaudited.so", "audit x.so", "runpath $ORIGIN/../lib"),
		"pkg/ext.so":        object("needed liba.so libnone.so", "rpath $ORIGIN/../lib"),
		"pkg/whole.so":      object("needed libw.so", "rpath $ORIGIN/../lib"),
		"lib/liba.so":       object("needed libb.so libcuda.so.1", "rpath $ORIGIN:/run/opengl-driver/lib"),
		"lib/libb.so":       object("needed libd.so", "rpath $ORIGIN"),
		"lib/libd.so":       object(),
		"lib/libw.so":       object(),
		"lib/libaudited.so": object(),
	})
	w.asIs = true
	for name, want := range map[string]string{
		"bin/audited": "asked", "lib/libaudited.so": "asked", // check leaves the first out
		"pkg/ext.so": "", "lib/liba.so": "", // these lack something
		"lib/libb.so": "asked", "lib/libd.so": "behind another",
		"pkg/whole.so": "asked", "lib/libw.so": "behind another",
	} {
		o, got := planned(t, w.plan(), name), ""
		switch {
		case o.Closure != nil:
			got = "asked"
		case o.Covered:
			got = "behind another"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Rule: what a plan opens grows with the objects and their needs, not faster: for a
// chain of libraries, for libraries that all need one another, for modules that share
// libraries, whether their paths lead to them or are yet to be written.
func TestPlanGrowsWithTheNeeds(t *testing.T) {
	name := func(i int) string { return fmt.Sprintf("lib%d.so", i) }
	for kind, needs := range map[string]func(i, n int) []string{
		"chain": func(i, n int) []string {
			if i+1 == n {
				return []string{"libcuda.so.1"} // which no plan finds: the last one lacks it
			}
			return []string{name(i + 1)}
		},
		"all need one another": func(i, n int) []string {
			var all []string
			for j := range n {
				all = append(all, name(j))
			}
			return all
		},
	} {
		for _, runpath := range []string{"", "runpath $ORIGIN", "rpath $ORIGIN"} {
			for _, asIs := range []bool{false, true} {
				per := func(n int) int {
					objects, total := map[string]*elfobj.Object{}, 0
					for i := range n {
						lines := []string{"needed " + strings.Join(needs(i, n), " ")}
						if runpath != "" {
							lines = append(lines, runpath)
						}
						total += len(needs(i, n))
						objects["libs/"+name(i)] = object(lines...)
					}
					w := newWorld(objects)
					w.asIs = asIs
					files := &countedWorld{planWorld: w}
					inv := w.inventory()
					inv.Files = files
					w.options.Jobs = 1
					if asIs {
						AsIs(inv, w.target(), w.options)
					} else {
						Make(inv, w.target(), w.options)
					}
					return 1000 * files.opened / total
				}
				if small, large := per(10), per(80); large > 2*small {
					t.Errorf("%s, %q, as it is %v: %d opened for 1000 needs, %d for eight times as many", kind, runpath, asIs, small, large)
				}
			}
		}
	}
}

// A countedWorld counts what is opened.
type countedWorld struct {
	*planWorld
	opened int
}

// Open implements ldso.Files.
func (w *countedWorld) Open(path string) (ldso.File, error) {
	w.opened++
	return w.planWorld.Open(path)
}

// Rule: the plan is the same however many objects are planned for at once.
func TestPlanDoesNotDependOnJobs(t *testing.T) {
	objects := map[string]*elfobj.Object{"libs/liba.so": object("needed libb.so libn.so"), "libs/libb.so": object("needed liba.so libm.so")}
	for i := range 40 {
		kind := []string{"rpath", "runpath"}[i%2]
		objects[fmt.Sprintf("pkg/m%d.so", i)] = object("needed liba.so libb.so", kind+" $ORIGIN/../libs")
	}
	plan := func(jobs int) (out []string) {
		w := newWorld(objects)
		w.asIs, w.options.Jobs = true, jobs
		p := w.plan()
		for _, o := range p.Objects {
			out = append(out, fmt.Sprintf("%s %+v %v %v %v", o.Path, o.Needs, o.Closure, o.Covered, o.Batched))
		}
		for _, q := range p.Problems {
			out = append(out, fmt.Sprint(q.Message, q.NeededBy, *q.Searched))
		}
		return append(out, fmt.Sprint(p.Batches))
	}
	want := plan(1)
	for range 20 {
		if got := plan(8); !slices.Equal(got, want) {
			t.Fatal(cmp.Diff(want, got))
		}
	}
}

// Rule: an object's needs are those of the closure of the first root that leads to it, in
// the order of objects, whichever root is looked at first.
func TestNeedsAreThoseOfTheFirstRoot(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"a/liba.so":   object("needed libbe.so", "runpath $ORIGIN/../be"), // named, and not reached
		"b/ext.so":    object("needed liba.so libbe.so libd.so", "runpath $ORIGIN/../be:$ORIGIN/../d"),
		"be/libbe.so": object("needed libd.so", "runpath $ORIGIN/../d"),
		"d/libd.so":   object(),
	})
	w.asIs = true
	n := planned(t, w.plan(), "be/libbe.so").Needs[0]
	if n.Owner != planOut+"/a/../be/libbe.so" || n.Loaded {
		t.Errorf("%+v", n)
	}
}
