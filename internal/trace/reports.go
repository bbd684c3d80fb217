package trace

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
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

func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
