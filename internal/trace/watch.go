package trace

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
)

// How often the processes of a command are looked at: often at first, since many end
// soon.
const (
	firstLooks = 5 * time.Millisecond
	laterLooks = 50 * time.Millisecond
	maxSeen    = 4096 // processes that are looked at
	maxDepth   = 64   // of processes below one another
)

// watch looks at the processes below one for those that will write no report, until the
// function that it returns is called, which returns them. A process that ends between
// two looks is not seen.
func watch(pid int, dir string) func() []report.UnseenReport {
	stop, done := make(chan struct{}), make(chan []report.UnseenReport, 1)
	go func() {
		w := watcher{judged: map[image]bool{}, mark: []byte("LD_DEBUG_OUTPUT=" + dir)}
		for start := time.Now(); ; {
			w.look(pid, 0)
			wait := laterLooks
			if time.Since(start) < time.Second {
				wait = firstLooks
			}
			select {
			case <-stop:
				done <- w.found
				return
			case <-time.After(wait):
			}
		}
	}()
	return func() []report.UnseenReport {
		close(stop)
		return <-done
	}
}

// An image is a process as long as it runs one program.
type image struct {
	pid     int
	program string
}

type watcher struct {
	judged map[image]bool
	mark   []byte // what the environment has
	found  []report.UnseenReport
}

// look looks at a process and those that it started (proc_pid_task_children(5)).
func (w *watcher) look(pid, depth int) {
	if depth > maxDepth || len(w.judged) > maxSeen {
		return
	}
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	w.judge(pid, proc)
	tasks, _ := os.ReadDir(filepath.Join(proc, "task"))
	for _, task := range tasks {
		children, _ := os.ReadFile(filepath.Join(proc, "task", task.Name(), "children"))
		for child := range strings.FieldsSeq(string(children)) {
			if n, err := strconv.Atoi(child); err == nil {
				w.look(n, depth+1)
			}
		}
	}
}

// judge says why a process will not report, if it will not.
func (w *watcher) judge(pid int, proc string) {
	exe, err := os.Readlink(filepath.Join(proc, "exe"))
	if errors.Is(err, fs.ErrPermission) {
		name, _ := os.ReadFile(filepath.Join(proc, "comm"))
		w.add(strings.TrimSpace(string(name)), setuidReason)
		return
	}
	it := image{pid, exe}
	if err != nil || w.judged[it] {
		return
	}
	environ, err := os.ReadFile(filepath.Join(proc, "environ"))
	if err != nil || len(environ) == 0 && !startedWithNone(proc) {
		return // it is starting or ending
	}
	w.judged[it] = true
	if reason, err := reasonOf(exe); err == nil && reason != "" {
		w.add(exe, reason)
	} else if !bytes.Contains(environ, w.mark) {
		w.add(exe, clearedReason)
	}
}

// startedWithNone reports whether a process was started with an empty environment. While
// it starts and when it has ended, its environment is nowhere (env_end of
// proc_pid_stat(5)).
func startedWithNone(proc string) bool {
	stat, _ := os.ReadFile(filepath.Join(proc, "stat"))
	fields := strings.Fields(string(stat[max(0, bytes.LastIndexByte(stat, ')')):]))
	const envStart, envEnd = 50 - 2, 51 - 2 // counted from the closing bracket of the second
	return len(fields) > envEnd && fields[envEnd] != "0" && fields[envStart] == fields[envEnd]
}

func (w *watcher) add(program, reason string) {
	for _, u := range w.found {
		if u.Program == program && u.Reason == reason {
			return
		}
	}
	if len(w.found) < maxSeen {
		w.found = append(w.found, report.UnseenReport{Program: program, Reason: reason})
	}
}
