package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// wrapped makes a patchelf that does as the real one, then the shell lines,
// where $out is the file that was written. Before it, $1 is "--version".
func wrapped(t testing.TB, lines string) string {
	t.Helper()
	text := fmt.Sprintf(`#!/bin/bash
[ "$1" = --version ] && exec %[1]s --version
for word; do [ "$last" = --output ] && out=$word; last=$word; done
%[1]s "$@" || exit
%[2]s
`, testenv.Tool(t, "patchelf"), lines)
	file := filepath.Join(t.TempDir(), "patchelf")
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// Rule: whatever a broken patchelf does, every file stays as it was, nothing is
// left behind, and the message holds the command line and what was seen.
func TestBrokenPatchelfChangesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		lines string
		code  problem.Code
		want  []string
	}{
		"truncates to nothing": {`: > "$out"`, problem.ObjectDamaged, nil},
		"truncates the end":    {`truncate -s -1 "$out"`, problem.ObjectDamaged, nil},
		"truncates the middle": {`truncate -s 300 "$out"`, problem.ObjectDamaged, nil},
		"flips the class":      {`printf '\x01' | dd of="$out" bs=1 seek=4 conv=notrunc status=none`, problem.ObjectDamaged, nil},
		"flips the machine":    {`printf '\xb7' | dd of="$out" bs=1 seek=18 conv=notrunc status=none`, problem.ObjectDamaged, []string{"machine"}},
		"flips a segment's offset": {
			`printf '\x07' | dd of="$out" bs=1 seek=$((64+56+8)) conv=notrunc status=none`, problem.ObjectDamaged, nil,
		},
		"writes text":         {`echo nonsense > "$out"`, problem.ObjectDamaged, nil},
		"removes its output":  {`rm "$out"`, problem.ObjectDamaged, nil},
		"writes another path": {testenv.Tool(t, "patchelf") + ` --set-rpath /elsewhere "$out"`, problem.ObjectDamaged, []string{"/elsewhere", "$ORIGIN"}},
		"drops a need":        {testenv.Tool(t, "patchelf") + ` --remove-needed libc.so.6 "$out"`, problem.ObjectDamaged, []string{"DT_NEEDED"}},
		"copies the old file": {`cp "$last" "$out"`, problem.ObjectDamaged, []string{"/build/", "$ORIGIN"}},
		"fails":               {`echo "what a mess" >&2; exit 7`, problem.PatchelfFailed, []string{"exit status 7", "what a mess"}},
		"crashes":             {`echo "glibc detected" >&2; kill -SEGV $$`, problem.PatchelfFailed, []string{"segmentation fault", "glibc detected"}},
	} {
		t.Run(name, func(t *testing.T) {
			tr := compiled.Pair(t)
			before := tr.Snapshot()
			program := wrapped(t, c.lines)
			applied, problems := applyTo(tr, Options{Patchelf: program, Jobs: 2})
			if !maps.Equal(before, tr.Snapshot()) {
				t.Error("a file was changed")
			}
			if len(applied.Edited) != 0 || len(problems) != 2 {
				t.Fatalf("applied %+v, problems %+v", applied, problems)
			}
			for _, p := range problems {
				text := p.Message + "\n" + strings.Join(p.Details, "\n")
				for _, want := range append(c.want, program, "--set-rpath", "--output") {
					if !strings.Contains(text, want) {
						t.Errorf("no %q in %s", want, text)
					}
				}
				if p.Code != c.code || p.Severity != problem.Error {
					t.Errorf("%s %s: %s", p.Code, p.Severity, text)
				}
			}
		})
	}
}

// Rule: nonsense on stdout and stderr is no failure: what counts is the file.
func TestChattyPatchelf(t *testing.T) {
	tr := compiled.Pair(t)
	_, problems := applyTo(tr, Options{Patchelf: wrapped(t, `head -c 300000 /dev/urandom; head -c 300000 /dev/urandom >&2`), Jobs: 2})
	if len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	if got := tr.Runpath("lib/libone.so"); strings.Join(got, ":") != "$ORIGIN" {
		t.Errorf("%q", got)
	}
}

// Rule: a patchelf that hangs is killed in time, and no further one is started.
func TestHangingPatchelf(t *testing.T) {
	tr := compiled.Pair(t)
	before := tr.Snapshot()
	program, err := patchelf.Locate(wrapped(t, "sleep 1000"))
	if err != nil {
		t.Fatal(err)
	}
	program.Limit = 300 * time.Millisecond
	w := &writer{program: program, jobs: 1, journal: newJournal(tr.Roots()), preCommit: agree}
	_, problems, err := w.apply(context.Background(), nil, editsOf(tr.Plan))
	if err != nil || len(problems) != 1 || problems[0].Path != "lib/libone.so" {
		t.Fatalf("%v %+v", err, problems)
	}
	if !strings.Contains(problems[0].Message, "did not end in time") || !maps.Equal(before, tr.Snapshot()) {
		t.Errorf("%+v", problems)
	}
}

// Rule: a run that is called off leaves everything as it was, and says why it
// was.
func TestCancelledApply(t *testing.T) {
	tr := compiled.Pair(t)
	before := tr.Snapshot()
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(200*time.Millisecond, func() { cancel(why) })
	_, problems, err := Apply(ctx, tr.Plan, Options{Patchelf: wrapped(t, "sleep 1000"), Jobs: 2}, tr.Roots(), agree)
	if !errors.Is(err, why) || len(problems) > 0 {
		t.Errorf("%v %+v", err, problems)
	}
	if !maps.Equal(before, tr.Snapshot()) {
		t.Error("a file was changed")
	}
}

// Rule: without a patchelf nothing happens, and the error says what to install.
func TestMissingPatchelf(t *testing.T) {
	tr := compiled.Pair(t)
	t.Setenv("PATH", t.TempDir())
	var missing *patchelf.MissingError
	if _, _, err := Apply(context.Background(), tr.Plan, Options{}, tr.Roots(), agree); !errors.As(err, &missing) {
		t.Errorf("%v", err)
	}
	// Where there is nothing to edit it is not even looked for.
	tr.Plan.Objects[0].Edit, tr.Plan.Objects[1].Edit = nil, &plan.Edit{ClearExecstack: true}
	if _, _, err := Apply(context.Background(), tr.Plan, Options{}, tr.Roots(), agree); err != nil {
		t.Error(err)
	}
}

// Rule: a failure between the renames puts back what was renamed already, with
// all its names.
func TestFailureBetweenRenames(t *testing.T) {
	tr := compiled.Pair(t)
	if err := os.Link(tr.File("lib/libone.so"), tr.File("lib/libone.so.1")); err != nil {
		t.Fatal(err)
	}
	tr.Plan.Objects[0].Links = []string{"lib/libone.so.1"}
	before := tr.Snapshot()
	program, err := patchelf.Locate(testenv.Tool(t, "patchelf"))
	if err != nil {
		t.Fatal(err)
	}
	edits := editsOf(tr.Plan)
	edits[1].names = append(edits[1].names, tr.File("nowhere/libtwo.so"))
	w := &writer{program: program, jobs: 1, journal: newJournal(tr.Roots()), preCommit: agree}
	applied, problems, err := w.apply(context.Background(), nil, edits)
	if err != nil || len(problems) != 1 || len(applied.Edited) > 0 {
		t.Fatalf("%v %+v", err, problems)
	}
	if !maps.Equal(before, tr.Snapshot()) {
		t.Error("a file was changed")
	}
	one, _ := os.Stat(tr.File("lib/libone.so"))
	other, _ := os.Stat(tr.File("lib/libone.so.1"))
	if !os.SameFile(one, other) {
		t.Error("the two names are two files now")
	}
}

// Rule: a program that edits as it should but is no patchelf by its version
// writes nothing.
func TestOtherProgramThanPatchelf(t *testing.T) {
	tr := compiled.Pair(t)
	before := tr.Snapshot()
	program := filepath.Join(t.TempDir(), "patchelf")
	text := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = --version ] && { sleep 0.3; echo 'rewriter 1.0'; exit; }\nexec %s \"$@\"\n", testenv.Tool(t, "patchelf"))
	if err := os.WriteFile(program, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	_, _, err := Apply(context.Background(), tr.Plan, Options{Patchelf: program, Jobs: 2}, tr.Roots(), agree)
	var run *patchelf.RunError
	if !errors.As(err, &run) || !strings.Contains(err.Error(), "rewriter 1.0") {
		t.Errorf("error %v", err)
	}
	if litter := tr.Litter(); len(litter) > 0 || !maps.Equal(before, tr.Snapshot()) {
		t.Errorf("something was written; litter %q", litter)
	}
}

// Rule: whatever a patchelf leaves in the place of its output, nothing is followed,
// waited for or written to, the old file stays, and nothing is left.
func TestOutputThatIsNoPlainFile(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	pristine := compiled.Pair(t)
	pristine.Plan.Objects = pristine.Plan.Objects[:1]
	pristine.Plan.Objects[0].Edit.ClearExecstack = true
	for name, lines := range map[string]string{
		"a FIFO":                     `rm "$out"; mkfifo "$out"`,
		"a link to /etc/passwd":      `ln -sf /etc/passwd "$out"`,
		"a link to what it wrote":    `mv "$out" ` + outside + `; ln -s ` + outside + ` "$out"`,
		"a hard link to the input":   `ln -f "$last" "$out"`,
		"a hard link to its output":  `ln -f "$out" ` + outside,
		"a folder":                   `rm "$out"; mkdir "$out"`,
		"a full folder":              `mkdir "$out.d"; mv "$out" "$out.d/x"; mv "$out.d" "$out"`,
		"nothing":                    `rm "$out"`,
		"an empty file":              `: > "$out"`,
		"another file of mode 0":     `cp "$out" "$out.2"; chmod 0 "$out.2"; mv -f "$out.2" "$out"`,
		"a socket":                   `rm "$out"; python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$out"`,
		"a FIFO while it goes on":    `rm "$out"; mkfifo "$out"; (sleep 1000 & echo >"$out") &`,
		"a link to be cleared later": `cp "$out" ` + outside + `; ln -sf ` + outside + ` "$out"`,
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(lines, "python3") {
				testenv.Tool(t, "python3")
			}
			tr := pristine.CopyTo(filepath.Join(t.TempDir(), "tree"))
			before := tr.Snapshot()
			applied, problems := applyTo(tr, Options{Patchelf: wrapped(t, lines), Jobs: 1})
			if len(applied.Edited) > 0 || len(problems) != 1 || problems[0].Code != problem.ObjectDamaged {
				t.Error(compiled.Describe(problems))
			}
			if !maps.Equal(before, tr.Snapshot()) {
				t.Error("a file was changed")
			}
		})
	}
}

// Rule: a link that a broken patchelf leaves is not written through, though the flag of
// the stack is cleared afterwards.
func TestStackIsNotClearedThroughALink(t *testing.T) {
	tr := compiled.Pair(t)
	tr.Compile("victim.so", "int v;", "-Wl,-z,execstack")
	before := tr.Snapshot()
	for i := range tr.Plan.Objects {
		tr.Plan.Objects[i].Edit.ClearExecstack = true
	}
	_, problems := applyTo(tr, Options{Patchelf: wrapped(t, `ln -sf `+tr.File("victim.so")+` "$out"`), Jobs: 1})
	if len(problems) != 2 || !maps.Equal(before, tr.Snapshot()) {
		t.Error(compiled.Describe(problems))
	}
}
