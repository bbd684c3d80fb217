package trace

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
)

// Limits on what is read of reports. What goes beyond them is said.
const (
	maxReports  = 20000    // files, and processes
	maxBytes    = 64 << 20 // in all of them
	maxLine     = 64 << 10 // the rest of a longer line is passed over
	maxRequests = 5000     // different ones
	maxDirs     = 256      // of one search
	maxTried    = 1024     // files of one search
)

// reports is what is known of all processes of a run.
type reports struct {
	left      int64
	processes map[int]*process
	requests  map[requestKey]*request
	notes     map[int][]pyNote
	numNotes  int
	unseen    []report.UnseenReport
	helpers   map[string]bool   // programs that find_library runs, by their names
	loaded    map[string]string // the path of each library that some process loaded, by the name it was asked for by
	searched  map[pidName]bool
}

type pidName struct {
	pid  int
	name string
}

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

func newReports() *reports {
	return &reports{
		left: maxBytes, processes: map[int]*process{}, requests: map[requestKey]*request{}, notes: map[int][]pyNote{},
		helpers: map[string]bool{}, loaded: map[string]string{}, searched: map[pidName]bool{},
	}
}

// reportNames returns the reports in the folder of a run, by the number of the process.
func reportNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if _, _, ok := reportOf(e.Name()); ok {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		_, x, _ := reportOf(a)
		_, y, _ := reportOf(b)
		return x - y
	})
	return names, nil
}

// reportOf returns what a report's name says.
func reportOf(name string) (python bool, pid int, ok bool) {
	number, isLoader := strings.CutPrefix(name, loaderPrefix)
	if !isLoader {
		if number, python = strings.CutPrefix(name, pythonPrefix); !python {
			return false, 0, false
		}
	}
	pid, err := strconv.Atoi(number)
	return python, pid, err == nil && pid > 0
}

// readFile reads one report. What is no plain file is none.
func (r *reports) readFile(file string) error {
	f, _, err := atomicfile.OpenPlain(file, os.O_RDONLY)
	if err != nil {
		r.cut("a report cannot be read")
		return nil
	}
	defer f.Close()
	python, pid, _ := reportOf(filepath.Base(file))
	if python {
		return r.readPython(f, pid)
	}
	return r.readLoader(f)
}

// cut notes that something is not in the answer.
func (r *reports) cut(reason string) {
	u := report.UnseenReport{Program: "", Reason: reason}
	if !slices.Contains(r.unseen, u) {
		r.unseen = append(r.unseen, u)
	}
}

// eachLine calls do with each line, the end of a long one left out.
func (r *reports) eachLine(in io.Reader, do func(line string)) error {
	lines := bufio.NewReaderSize(limited{in, &r.left}, maxLine)
	for {
		line, long, err := lines.ReadLine()
		if err == io.EOF {
			if r.left <= 0 {
				r.cut("the reports are too long, and their ends are not read")
			}
			return nil
		}
		if err != nil {
			return err
		}
		do(string(line))
		for long && err == nil {
			_, long, err = lines.ReadLine()
		}
	}
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

func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
