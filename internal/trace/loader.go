package trace

import (
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
)

// A process is one as its loader reports of it. The order of its lines is that of its
// requests, since the loader holds a lock while it loads.
type process struct {
	now  *request            // the request of which the lines are
	dirs map[string][]string // the directories of each search path, as they were first shown
}

type requestKey struct {
	pid      int
	name, by string
	needed   bool
	status   report.AskedStatus
	path     string
}

// A request is one file that the loader was asked for.
type request struct {
	requestKey
	tried    []string     // files
	searched []ldso.Place // directories
}

// readLoader reads a report of the loader: several processes may share it, since a
// child that execs nothing goes on writing where its parent did.
func (r *reports) readLoader(in io.Reader) error {
	err := r.eachLine(in, func(line string) {
		number, text, ok := strings.Cut(line, ":\t")
		pid, err := strconv.Atoi(strings.TrimLeft(number, " "))
		if !ok || err != nil || pid <= 0 {
			return
		}
		p := r.processes[pid]
		if p == nil {
			if len(r.processes) >= maxReports {
				r.cut("there are too many processes, and not all are read")
				return
			}
			p = &process{dirs: map[string][]string{}}
			r.processes[pid] = p
		}
		r.line(p, pid, text)
	})
	// In pid order, for the answer to be the same each time.
	for _, pid := range sortedKeys(r.processes) {
		r.end(r.processes[pid])
	}
	return err
}

// line takes one line of a process. The texts are those of glibc, elf/dl-load.c,
// dl-open.c and dl-deps.c.
func (r *reports) line(p *process, pid int, text string) {
	switch rest, what := cutWord(text); what {
	case "file=":
		r.file(p, pid, rest)
	case " search path=":
		p.searchPath(rest)
	case " search cache=":
		if p.now != nil {
			p.now.search(ldso.Default, "", rest)
		}
	case "  trying file=":
		if p.now != nil && len(p.now.tried) < maxTried {
			p.now.tried = append(p.now.tried, rest)
		}
	case "opening file=":
		// A name that leads to a library which is loaded already under another.
		name, _, _ := strings.Cut(rest, " [")
		if q := p.now; q != nil && (len(q.tried) > 0 || strings.Contains(q.name, "/")) && sameFile(q.lastTried(), name) {
			q.status, q.path = report.AskedFound, name
		}
		r.end(p)
	}
}

// cutWord returns what stands behind one of the words that count, and the word.
func cutWord(text string) (rest, word string) {
	for _, word := range []string{"file=", " search path=", " search cache=", "  trying file=", "opening file="} {
		if rest, ok := strings.CutPrefix(text, word); ok {
			return rest, word
		}
	}
	return "", ""
}

// file takes "NAME [NS];  needed by OBJECT [NS]" and its like.
func (r *reports) file(p *process, pid int, text string) {
	for _, form := range []struct {
		words  string
		needed bool
	}{{";  dynamically loaded by ", false}, {";  needed by ", true}} {
		if name, by, ok := strings.Cut(text, form.words); ok {
			r.end(p)
			by = strings.TrimSuffix(by, " (relocation dependency)")
			p.now = &request{requestKey: requestKey{pid: pid, name: withoutSpace(name), by: withoutSpace(by), needed: form.needed}}
			return
		}
	}
	name, ok := strings.CutSuffix(text, ";  generating link map")
	if q := p.now; ok && q != nil && q.name == withoutSpace(name) {
		q.status, q.path = report.AskedFound, q.lastTried()
		r.end(p)
	}
}

// withoutSpace returns a name without the namespace that follows it (dlmopen(3)).
func withoutSpace(name string) string {
	if i := strings.LastIndex(name, " ["); i >= 0 && strings.HasSuffix(name, "]") {
		return name[:i]
	}
	return name
}

// searchPath takes "DIR:DIR…\t\t(WHAT)" or "…(WHAT from file OBJECT)". The loader shows
// a directory that is not there just once in a process.
func (p *process) searchPath(text string) {
	list, origin, _ := strings.Cut(text, "\t\t(")
	origin = strings.TrimSuffix(origin, ")")
	dirs, ok := p.dirs[origin]
	if !ok {
		all := strings.Split(list, ":")
		dirs = withoutCapabilities(all[:min(len(all), maxDirs)])
		if len(p.dirs) < maxDirs {
			p.dirs[origin] = dirs
		}
	}
	if p.now == nil {
		return
	}
	what, object, _ := strings.Cut(origin, " from file ")
	via := ldso.Via(what)
	switch what {
	case "RUNPATH":
		via = ldso.Runpath
	case "RPATH":
		via = ldso.Rpath
	case "system search path":
		via = ldso.Default
	}
	for _, dir := range dirs {
		p.now.search(via, object, dir)
	}
}

func (q *request) search(via ldso.Via, object, dir string) {
	if len(q.searched) < maxDirs {
		q.searched = append(q.searched, ldso.Place{Via: via, Object: object, Dir: dir})
	}
}

func (q *request) lastTried() string {
	if len(q.tried) > 0 {
		return q.tried[len(q.tried)-1]
	}
	return q.name
}

// platformDirs are the directories below each directory of a search path in which the
// loader looks first (ld.so(8), "Hardware capabilities"; those before glibc 2.37 too).
var platformDirs = []string{
	"tls", "haswell", "avx512_1", "xeon_phi", "x86_64", "i686", "i586", "sse2", "aarch64", "atomics",
}

// withoutCapabilities leaves out directories that are searched for the sake of another.
func withoutCapabilities(dirs []string) []string {
	var out []string
	for _, dir := range dirs {
		base := dir
		if at := strings.Index(dir, "/glibc-hwcaps/"); at >= 0 {
			base = dir[:at]
		}
		for slices.Contains(platformDirs, path.Base(base)) {
			base = path.Dir(base)
		}
		if (base == dir || !slices.Contains(dirs, base)) && !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	return out
}

// end files the request of which the lines were.
func (r *reports) end(p *process) {
	q := p.now
	p.now = nil
	if q == nil {
		return
	}
	if q.status == "" {
		q.status = report.AskedMissing
		if last := q.lastTried(); (len(q.tried) > 0 || strings.Contains(q.name, "/")) && isFile(last) {
			q.status, q.path = report.AskedRefused, last
		}
	}
	if _, ok := r.requests[q.requestKey]; ok {
		return
	}
	if !q.needed {
		r.searched[pidName{q.pid, q.name}] = true
	}
	if q.status == report.AskedFound {
		if _, ok := r.loaded[q.name]; !ok {
			r.loaded[q.name] = q.path
		}
		q.tried, q.searched = nil, nil
	}
	if len(r.requests) >= maxRequests {
		r.cut("there are too many requests, and not all are told")
		return
	}
	r.requests[q.requestKey] = q
}

// passed returns the places of the search, and why those were passed over that have a
// file of the name.
func (q *request) passed() []ldso.Place {
	out := slices.Clone(q.searched)
	for i, place := range out {
		file := path.Join(place.Dir, q.name)
		if slices.Contains(q.tried, file) && file != q.path && isFile(file) {
			out[i].Reason = "there is such a file, and the loader does not take it"
		}
	}
	return out
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
