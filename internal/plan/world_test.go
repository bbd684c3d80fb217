package plan

import (
	"debug/elf"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

const (
	planOut   = "/nix/store/out"
	planGlibc = "/nix/store/glibc/lib"
	planLoad  = planGlibc + "/ld-linux-x86-64.so.2"
)

// A planWorld is a file system of objects in memory, and what is asked of the
// planner about it.
type planWorld struct {
	files   map[string]*elfobj.Object
	real    map[string]string // symbolic links
	options Options
	roots   []string
	python  []string // files that lie in --python-lib trees
	digests map[string]string
	asIs    bool
	owned   []string          // directories that belong to one distribution, and those below
	taken   []string          // files that are no objects
	placed  map[string]string // links of an earlier run
	sizes   map[string]int64
}

// Open implements ldso.Files.
func (w *planWorld) Open(path string) (ldso.File, error) {
	path = filepath.Clean(path)
	if to, ok := w.real[path]; ok {
		path = to
	}
	o, ok := w.files[path]
	if !ok {
		return ldso.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return ldso.File{Real: path, Object: o, ID: path}, nil
}

// object is an x86_64 library as a wheel has it: "needed a b", "runpath x:y",
// "rpath x", "interp p", "soname s", "machine arm", "execstack", "dlopen x y", "opens x y", "required x", "verneed file version", "verdef v",
// "filter f", "auxiliary f", "audit m n", "pie", "freebsd".
func object(lines ...string) *elfobj.Object {
	o := &elfobj.Object{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, Type: elf.ET_DYN, Dynamic: true}
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "needed":
			o.Needed = strings.Fields(rest)
		case "runpath":
			o.Runpath = strings.Split(rest, ":")
		case "rpath":
			o.Rpath = strings.Split(rest, ":")
		case "interp":
			o.Interp = rest
		case "soname":
			o.Soname = rest
		case "machine":
			o.Machine = elf.EM_AARCH64
		case "filter", "auxiliary":
			o.Filters = append(o.Filters, elfobj.Filter{Name: rest, Auxiliary: word == "auxiliary", Before: len(o.Needed)})
		case "audit":
			o.Audit = strings.Fields(rest)
		case "pie":
			o.PIE = true
		case "freebsd":
			o.OSABI = elf.ELFOSABI_FREEBSD
		case "execstack":
			o.ExecStack = true
		case "opens":
			o.Names = strings.Fields(rest)
		case "required":
			o.Dlopen = append(o.Dlopen, elfobj.Dlopen{Sonames: strings.Fields(rest), Priority: "required"})
		case "verneed":
			f := strings.Fields(rest)
			o.Verneed = append(o.Verneed, elfobj.Verneed{File: f[0], Versions: []elfobj.Version{{Name: f[1]}}})
		case "verdef":
			o.HasVerdef, o.Verdef = true, strings.Fields(rest)
		case "dlopen":
			o.Dlopen = append(o.Dlopen, elfobj.Dlopen{Sonames: strings.Fields(rest)})
		default:
			panic("object: " + line)
		}
	}
	return o
}

// newWorld has a glibc in the store beside the given objects; names without a
// leading slash lie in the output.
func newWorld(objects map[string]*elfobj.Object) *planWorld {
	w := &planWorld{
		files: map[string]*elfobj.Object{
			planLoad:                 object("soname ld-linux-x86-64.so.2"),
			planGlibc + "/libc.so.6": object("soname libc.so.6", "needed ld-linux-x86-64.so.2"),
			planGlibc + "/libm.so.6": object("soname libm.so.6", "needed libc.so.6"),
		},
		real:    map[string]string{},
		roots:   []string{planOut},
		options: Options{Jobs: 2, StoreDir: "/nix/store"},
		digests: map[string]string{},
	}
	for path, o := range objects {
		if !filepath.IsAbs(path) {
			path = filepath.Join(planOut, path)
		}
		w.files[path] = o
	}
	return w
}

func (w *planWorld) inventory() tree.Inventory {
	inv := tree.Inventory{
		Names: map[string][]string{}, PythonNames: map[string][]string{}, Files: w, Placed: w.placed,
		Owned: func(dir string) bool {
			return slices.ContainsFunc(w.owned, func(owned string) bool { return tree.Within(filepath.Join(planOut, owned), dir) })
		},
		Taken: func(path string) bool {
			_, err := w.Open(path)
			return err == nil || slices.Contains(w.taken, strings.TrimPrefix(path, planOut+"/"))
		},
	}
	for _, r := range w.roots {
		inv.Roots = append(inv.Roots, &tree.Root{Path: r, Abs: r})
	}
	for _, path := range slices.Sorted(maps.Keys(w.files)) {
		for _, r := range inv.Roots {
			if !tree.Within(r.Abs, path) {
				continue
			}
			rel, _ := filepath.Rel(r.Abs, path)
			inv.Objects = append(inv.Objects, tree.Object{Root: r, Path: rel, File: path, ELF: w.files[path], Sum: tree.Sum{SHA256: w.digests[rel]}, Size: w.sizes[rel]})
			inv.Names[filepath.Base(path)] = append(inv.Names[filepath.Base(path)], path)
		}
	}
	for _, path := range w.python {
		inv.PythonNames[filepath.Base(path)] = append(inv.PythonNames[filepath.Base(path)], path)
	}
	return inv
}

// target is the loader of the world.
func (w *planWorld) target() Target {
	loader := ldso.Loader{
		Interpreter: planLoad, Soname: "ld-linux-x86-64.so.2", Libc: ldso.Glibc,
		DefaultDirs: []string{planGlibc}, Lib: "lib", Platform: "x86_64",
	}
	return Target{loader: loader, object: w.files[planLoad], libcDir: planGlibc}
}

func (w *planWorld) plan() Plan {
	if w.asIs {
		return AsIs(w.inventory(), w.target(), w.options)
	}
	return Make(w.inventory(), w.target(), w.options)
}

func planned(t *testing.T, p Plan, path string) Object {
	t.Helper()
	for _, o := range p.Objects {
		if o.Path == path {
			return o
		}
	}
	t.Fatalf("%s is not in the plan", path)
	return Object{}
}

// runpath is an edit of the RUNPATH alone, without its reasons.
func runpath(entries ...string) *Edit { return &Edit{SetRunpath: true, Runpath: entries} }

func checkEdit(t *testing.T, p Plan, path string, want *Edit) {
	t.Helper()
	got := planned(t, p, path).Edit
	if got != nil {
		if len(got.Reasons) == 0 {
			t.Errorf("%s: an edit without a reason", path)
		}
		e := *got
		e.Reasons = nil
		got = &e
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: edit (-want +got):\n%s", path, diff)
	}
}

func planCodes(p Plan) []string {
	out := []string{}
	for _, q := range p.Problems {
		out = append(out, q.Severity.String()+" "+string(q.Code))
	}
	return out
}
