package trace

import (
	"bufio"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
)

// Why nothing is known of a program.
const (
	staticReason  = "it is static: no loader tells what it opens"
	muslReason    = "musl's loader does not tell what it is asked for"
	setuidReason  = "it is set-user-ID or set-group-ID: the loader tells nothing there"
	clearedReason = "it was started with another environment"
)

// errMusl is the error of a command that no report can be had of.
var errMusl = errors.New("musl's loader has no LD_DEBUG: it cannot tell what it is asked for, and nothing was run")

// look looks at the file of a command before it is run.
func look(file string) ([]report.UnseenReport, error) {
	reason, err := reasonOf(file)
	if err != nil || reason == "" {
		return nil, err
	}
	if reason == muslReason {
		return nil, fmt.Errorf("%q: %w", file, errMusl)
	}
	return []report.UnseenReport{{Program: realPath(file), Reason: reason}}, nil
}

// realPath returns the path of a program as /proc has it, so that it is told once.
func realPath(program string) string {
	if found, err := exec.LookPath(program); err == nil {
		program = found
	}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	if real, err := filepath.Abs(program); err == nil {
		program = real
	}
	return program
}

// maxScripts is how many interpreters of scripts may follow one another (execve(2)).
const maxScripts = 5

// reasonOf returns why a program will not report, or "". Of a script its interpreter
// counts.
func reasonOf(file string) (string, error) {
	for range maxScripts {
		info, err := os.Stat(file)
		if err != nil {
			return "", err
		}
		interpreter, script, err := scriptOf(file)
		if err != nil {
			return "", err
		}
		if script {
			if interpreter == "" {
				return "", nil
			}
			file = interpreter
			continue
		}
		if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			return setuidReason, nil
		}
		object, err := elfobj.Open(file)
		if err != nil {
			return "", nil // the kernel has something to say of it
		}
		return reasonOfObject(object), nil
	}
	return "", nil
}

func reasonOfObject(object *elfobj.Object) string {
	switch {
	case strings.HasPrefix(filepath.Base(object.Interp), "ld-musl-"):
		return muslReason
	case object.Interp == "" && (object.Type == elf.ET_EXEC || object.IsStaticProgram()):
		return staticReason
	}
	return ""
}

// scriptOf returns the interpreter of a script (execve(2)), which env(1) may look for.
func scriptOf(file string) (interpreter string, script bool, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", false, err
	}
	defer f.Close()
	line, _ := bufio.NewReaderSize(f, 512).ReadSlice('\n')
	rest, script := strings.CutPrefix(string(line), "#!")
	words := strings.Fields(rest)
	if !script || len(words) == 0 {
		return "", script, nil
	}
	if filepath.Base(words[0]) != "env" {
		return words[0], true, nil
	}
	for _, word := range words[1:] {
		if !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
			found, err := exec.LookPath(word)
			if err != nil {
				return "", true, nil // env says so
			}
			return found, true, nil
		}
	}
	return "", true, nil
}
