// Package nixlocate asks nix-locate of nix-index which packages of nixpkgs have a library.
//
// It follows the help of nix-locate: a line "ATTRIBUTE.OUTPUT SIZE TYPE PATH" for each file,
// in parentheses where the attribute only depends on the package that has it. It leaves
// out the index itself, which nix-index has made before.
package nixlocate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
)

// A call is bounded in what it is asked, how long it may take, and what is read of its
// answer.
const (
	maxNames  = 64
	maxTime   = 20 * time.Second
	maxOutput = 1 << 20
)

// ErrNone is the error where PATH has no nix-locate.
var ErrNone = errors.New("there is no nix-locate in PATH")

// plain is what the name of a library is made of: any other is not asked for.
var plain = lazyregexp.New(`^[A-Za-z0-9_+.-]+$`)

// Find returns the packages that have the libraries in a folder "lib", by soname, sorted.
// All are asked for in one call; a soname that no package has is left out.
func Find(ctx context.Context, sonames []string) (map[string][]string, error) {
	program, err := exec.LookPath("nix-locate")
	if err != nil {
		return nil, ErrNone
	}
	var names []string
	for _, s := range sonames {
		if plain.MatchString(s) && len(names) < maxNames {
			names = append(names, regexp.QuoteMeta(s))
		}
	}
	if len(names) == 0 {
		return map[string][]string{}, nil
	}
	limited, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	out, err := run(limited, program, "--regex", "--whole-name", "/lib/("+strings.Join(names, "|")+")")
	if err != nil {
		return nil, fmt.Errorf("nix-locate: %w", err)
	}
	return parse(out, sonames), nil
}

// run returns what a program printed. One that outlives ctx is killed with all that it has
// started.
func run(ctx context.Context, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	out, readErr := io.ReadAll(io.LimitReader(pipe, maxOutput+1))
	if len(out) > maxOutput {
		readErr = fmt.Errorf("more than %d bytes", maxOutput)
	}
	if readErr != nil {
		_ = cmd.Cancel()
	}
	return out, errors.Join(ctx.Err(), readErr, cmd.Wait())
}

// parse reads the answer.
func parse(out []byte, sonames []string) map[string][]string {
	found := map[string][]string{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, maxOutput+1)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || strings.HasPrefix(fields[0], "(") {
			continue
		}
		if soname := path.Base(fields[len(fields)-1]); slices.Contains(sonames, soname) {
			found[soname] = append(found[soname], strings.TrimSuffix(fields[0], ".out"))
		}
	}
	for soname := range found {
		slices.Sort(found[soname])
		found[soname] = slices.Compact(found[soname])
	}
	return found
}
