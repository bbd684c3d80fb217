package tree

import (
	"bufio"
	"bytes"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// An owner knows which directories of a tree belong to one distribution alone. Trees of
// several distributions are merged (buildEnv, virtual environments), file by file: what
// patch adds must not lie where another distribution may have the same name.
type owner struct {
	root  string
	sites map[string][]string // directory of dist-infos, to the names of its distributions
	inits map[string]string   // directory to its __init__.py, or its compiled __init__

	mu    sync.Mutex
	known map[string]bool
}

func newOwner(l *Listing) *owner {
	o := &owner{root: l.Root.Abs, sites: map[string][]string{}, inits: map[string]string{}, known: map[string]bool{}}
	for _, dir := range l.Dists {
		site := filepath.Join(l.Root.Abs, filepath.Dir(dir))
		o.sites[site] = append(o.sites[site], pyname.NormalName(wheel.ReadDistInfo(l.Root.Abs, dir).Name))
	}
	for _, e := range l.Entries {
		dir, name := filepath.Split(e.Path)
		if e.Regular() && (name == "__init__.py" || strings.HasPrefix(name, "__init__.") && pyname.IsExtensionModule(name)) {
			o.inits[filepath.Clean(dir)] = e.Path
		}
	}
	return o
}

// owns reports whether the clean absolute directory belongs to one distribution: it, or
// one above it in its site-packages, has the name of the distribution (pillow.libs,
// nvidia/cublas of nvidia-cublas-cu12), or is a package with code in its __init__. A
// package without is one that others may add to (PEP 420); so are those that extend
// their __path__.
func (o *owner) owns(dir string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.look(dir)
}

func (o *owner) look(dir string) bool {
	owned, known := o.known[dir]
	if known {
		return owned
	}
	site, names := o.siteOf(dir)
	if site != "" && dir != site && Within(site, dir) {
		owned = o.look(filepath.Dir(dir)) || isNamed(dir[len(site):], names) || isRegularPackage(o.inits[dir])
	}
	o.known[dir] = owned
	return owned
}

// siteOf returns the site-packages directory that a directory lies in and the names of
// its distributions. A tree without any dist-info is one itself.
func (o *owner) siteOf(dir string) (site string, names []string) {
	if len(o.sites) == 0 {
		return o.root, nil
	}
	for ; Within(o.root, dir); dir = filepath.Dir(dir) {
		if names, ok := o.sites[dir]; ok {
			return dir, names
		}
	}
	return "", nil
}

// isNamed reports whether a path below site-packages is named after one of the
// distributions. Where no name is known the folder that auditwheel makes is taken for
// one of them.
func isNamed(rel string, names []string) bool {
	folder, libs := strings.CutSuffix(strings.Trim(rel, "/"), ".libs")
	if libs && folder != "" && !strings.Contains(folder, "/") && names == nil {
		return true
	}
	folder = pyname.NormalName(strings.ReplaceAll(folder, "/", "-"))
	for _, name := range names {
		if name == folder || cudaVersion(name) == folder && folder != "" {
			return true
		}
	}
	return false
}

// cudaVersion returns the name of a distribution without the version of CUDA at its end
// (nvidia-cublas-cu12), "" where it has none.
func cudaVersion(name string) string {
	i := strings.LastIndex(name, "-cu")
	if i < 0 || i+3 == len(name) || strings.Trim(name[i+3:], "0123456789") != "" {
		return ""
	}
	return name[:i]
}

// maxInit is how much of an __init__.py is looked at.
const maxInit = 64 << 10

// isRegularPackage reports whether a package with this __init__ is nobody else's: one that
// is compiled, or has code that does not share the package (pkgutil, pkg_resources).
func isRegularPackage(init string) bool {
	if init == "" {
		return false
	}
	if path.Ext(init) != ".py" {
		return true
	}
	text, err := StartOf(init, maxInit)
	if err != nil || bytes.Contains(text, []byte("extend_path")) || bytes.Contains(text, []byte("declare_namespace")) {
		return false
	}
	return hasCode(text)
}

// hasCode reports whether Python source has a line that is neither blank nor a comment,
// nor in a string that stands alone.
func hasCode(text []byte) bool {
	quote := ""
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if quote != "" {
			_, rest, ends := strings.Cut(line, quote)
			if !ends {
				continue
			}
			quote, line = "", strings.TrimSpace(rest)
		}
		for _, q := range []string{`"""`, `'''`} {
			if body, ok := strings.CutPrefix(line, q); ok {
				if _, rest, ends := strings.Cut(body, q); ends {
					line = strings.TrimSpace(rest)
				} else {
					quote, line = q, ""
				}
			}
		}
		if line != "" && !strings.HasPrefix(line, "#") && line[0] != '"' && line[0] != '\'' {
			return true
		}
	}
	return false
}
