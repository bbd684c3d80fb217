package attacks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

const prefix = ".wheel-auto-patch-"

// toPatch is a tree with one object whose RUNPATH must be edited.
func toPatch(g *ground) string {
	testenv.Tool(g, "patchelf")
	return g.tree(map[string]string{"build.so": objects(g)["build.so"], "other.so": objects(g)["libdep.so"]})
}

// files are the files of a tree by their paths below it.
func (g *ground) files(root string) map[string]string {
	g.Helper()
	return compiled.At(g, root).Snapshot()
}

// litter are the files of the program's own names.
func litter(files map[string]string) (names []string) {
	for name := range files {
		if strings.HasPrefix(filepath.Base(name), prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// untouched is the check that the tree is as it was, and nothing is left beside it.
func untouched(old func(g *ground) map[string]string) func(g *ground, r result) []string {
	return func(g *ground, _ result) (faults []string) {
		now := g.files(filepath.Join(g.in, "out"))
		for name, text := range old(g) {
			if now[name] != text {
				faults = append(faults, name+" is not as it was")
			}
		}
		if left := litter(now); len(left) > 0 {
			faults = append(faults, fmt.Sprintf("left: %q", left))
		}
		return faults
	}
}

// oldObjects are the objects of toPatch as they were.
func oldObjects(g *ground) map[string]string {
	return map[string]string{pkg + "build.so": objects(g)["build.so"], pkg + "other.so": objects(g)["libdep.so"], pkg + "__init__.py": "pkg = 1\n"}
}

// script is a patchelf that does something else with its output, "$out", and its input, "$in".
func script(body string) string {
	return "#!/bin/sh\ncase $1 in --version) echo patchelf 0.15.5; exit;; esac\nfor in; do :; done\nwhile [ $# -gt 0 ]; do case $1 in --output) out=$2;; esac; shift; done\n" + body + "\n"
}

func TestApply(t *testing.T) {
	table := badPatchelfs()
	for _, part := range [][]attack{ownFiles(), oddTrees()} {
		table = append(table, part...)
	}
	attacks(t, table)
}

// badPatchelfs are programs that do not do what patchelf does: nothing of the tree may
// change, and nothing may stay beside it.
func badPatchelfs() (table []attack) {
	const failed = "patchelf-failed"
	for _, x := range []struct{ name, body, want string }{
		{"fails", "exit 1", failed},
		{"fails with control characters", `printf 'a\033[2Jb\nhint: EVIL\n' >&2; exit 1`, failed},
		{"dies of a signal", "kill -SEGV $$", failed},
		{"writes nothing", "exit 0", objectDamaged},
		{"empties its output", ": >\"$out\"", objectDamaged},
		{"writes half of the object", `head -c 5000 "$in" >"$out"`, objectDamaged},
		{"copies the object as it is", `cat "$in" >"$out"`, objectDamaged},
		{"writes another object", `cat /bin/true >"$out"`, objectDamaged},
		{"writes a text", `echo x >"$out"`, objectDamaged},
		{"removes its output", `rm -f "$out"`, objectDamaged},
		{"leaves a link", `rm -f "$out"; ln -s "$in" "$out"`, objectDamaged},
		{"leaves a link out of the tree", `rm -f "$out"; ln -s /bin/true "$out"`, objectDamaged},
		{"leaves a FIFO", `rm -f "$out"; mkfifo "$out"`, objectDamaged},
		{"leaves a folder", `rm -f "$out"; mkdir "$out"`, objectDamaged},
		{"leaves a hard link to its input", `rm -f "$out"; ln "$in" "$out"`, objectDamaged},
		{"leaves a child", `sleep 300 & exit 1`, failed},
	} {
		table = append(table, attack{
			name: "a patchelf that " + x.name, want: []string{x.want}, check: untouched(oldObjects),
			edit: func(g *ground) []string {
				out := toPatch(g)
				program := filepath.Join(g.top, "outside", "patchelf")
				g.write(program, script(x.body))
				if err := os.Chmod(program, 0o755); err != nil {
					g.Fatal(err)
				}
				return []string{"patch", "--format", "json", "--record=off", "--patchelf", program, out}
			},
		})
	}
	for i := range table {
		if strings.HasSuffix(table[i].name, "leaves a FIFO") {
			table[i].limit = 5 * time.Second
		}
	}
	return table
}

// forged is a journal of the shape that the program writes, which asks for evil.py in
// the place of the package.
func forged(kept string) string {
	text, err := json.Marshal(map[string]any{"kept": kept, "names": []string{pkg + "__init__.py"}})
	if err != nil {
		panic(err)
	}
	return string(text) + "\n"
}

// ownFiles are files of the program's own names that it did not make: never obeyed.
func ownFiles() (table []attack) {
	evil := func(g *ground, out string) { g.write(filepath.Join(out, prefix+"old-1"), "EVIL = 1\n") }
	stays := func(g *ground, r result) (faults []string) {
		now := g.files(filepath.Join(g.in, "out"))
		if now[pkg+"__init__.py"] != "pkg = 1\n" {
			faults = append(faults, "the package is replaced")
		}
		if now[pkg+"other.so"] != objects(g)["libdep.so"] {
			faults = append(faults, "an object that needs no edit is changed")
		}
		return faults
	}
	for _, x := range []struct {
		name string
		make func(g *ground, out string)
	}{
		{"a journal and a kept file", func(g *ground, out string) {
			evil(g, out)
			g.write(filepath.Join(out, prefix+"journal"), forged(prefix+"old-1"))
		}},
		{"a journal whose last line is cut short", func(g *ground, out string) {
			evil(g, out)
			g.write(filepath.Join(out, prefix+"journal"), forged(prefix+"old-1")+`{"kept":"`)
		}},
		{"a journal without a kept file", func(g *ground, out string) { g.write(filepath.Join(out, prefix+"journal"), forged(prefix+"old-1")) }},
		{"an empty journal", func(g *ground, out string) { g.write(filepath.Join(out, prefix+"journal"), "") }},
		{"a journal that is done", func(g *ground, out string) { g.write(filepath.Join(out, prefix+"journal"), "done\n") }},
		{"a journal of bytes", func(g *ground, out string) { g.write(filepath.Join(out, prefix+"journal"), "\x7fELF\xff\x00") }},
		{"a journal that names a file outside", func(g *ground, out string) {
			g.write(filepath.Join(out, prefix+"journal"), `{"kept":"../../outside/`+prefix+`x","names":["../../outside/file"]}`+"\n")
		}},
		{"a journal that is a link to a file", func(g *ground, out string) {
			if err := os.Symlink(filepath.Join(g.top, "outside", "file"), filepath.Join(out, prefix+"journal")); err != nil {
				g.Fatal(err)
			}
		}},
		{"a journal that is a link to nothing", func(g *ground, out string) {
			if err := os.Symlink(filepath.Join(g.top, "outside", "new"), filepath.Join(out, prefix+"journal")); err != nil {
				g.Fatal(err)
			}
		}},
		{"a journal that is a FIFO", func(g *ground, out string) {
			if err := syscall.Mkfifo(filepath.Join(out, prefix+"journal"), 0o666); err != nil {
				g.Fatal(err)
			}
		}},
		{"a journal that is a folder", func(g *ground, out string) { g.write(filepath.Join(out, prefix+"journal", "x"), "x") }},
		{"a journal that is a hard link to a module", func(g *ground, out string) {
			if err := os.Link(filepath.Join(out, pkg, "__init__.py"), filepath.Join(out, prefix+"journal")); err != nil {
				g.Fatal(err)
			}
		}},
		{"a lock that is a link out of the tree", func(g *ground, out string) {
			if err := os.Symlink(filepath.Join(g.top, "outside", "new"), filepath.Join(out, prefix+"lock")); err != nil {
				g.Fatal(err)
			}
		}},
	} {
		table = append(table, attack{name: x.name, anything: true, check: stays, edit: func(g *ground) []string {
			out := toPatch(g)
			x.make(g, out)
			return []string{"patch", "--format", "json", "--record=off", out}
		}})
	}
	for _, name := range []string{prefix + "old-1", pkg + prefix + "old-1", prefix + "x/y", pkg + prefix + "journal"} {
		table = append(table, attack{name: "an object called " + name, anything: true, check: func(g *ground, r result) []string {
			// It is scanned like any other, or refused by its name.
			if r.status == 0 && !strings.Contains(r.stdout, name) {
				return []string{"nothing is said of it"}
			}
			return nil
		}, edit: func(g *ground) []string {
			out := toPatch(g)
			g.write(filepath.Join(out, name), fill(objects(g)["needy.so"], "libnone.so"))
			return []string{"check", "--format", "json", out}
		}})
	}
	return table
}

// oddTrees are trees with names, links and rights that edits must come through.
func oddTrees() (table []attack) {
	row := func(name string, make func(g *ground) []string, check func(g *ground, now map[string]string) []string, want ...string) {
		table = append(table, attack{name: name, want: want, edit: make, check: func(g *ground, r result) []string {
			now := g.files(filepath.Join(g.in, "out"))
			faults := check(g, now)
			if left := litter(now); len(left) > 0 {
				faults = append(faults, fmt.Sprintf("left: %q", left))
			}
			return faults
		}})
	}
	command := func(out string) []string { return []string{"patch", "--format", "json", "--record=off", out} }
	edited := func(name string) func(g *ground, now map[string]string) []string {
		return func(g *ground, now map[string]string) []string {
			if text := now[name]; text == objects(g)["build.so"] || !strings.HasPrefix(text, "\x7fELF") {
				return []string{name + " is not edited"}
			}
			return nil
		}
	}
	for _, x := range []struct{ name, file string }{
		{"that is not UTF-8", "b\xff\xfe.so"}, {"with a newline", "b\nx.so"}, {"with quotes", `b"'x.so`}, {"with a dash before it", "-x.so"}, {"of 250 letters", strings.Repeat("x", 247) + ".so"}, {"with a blank", " x .so"}, {"with a backslash", `b\x.so`}, {"with a percent sign", "b%sx.so"},
	} {
		row("an object of a name "+x.name, func(g *ground) []string {
			out := toPatch(g)
			if err := os.Rename(filepath.Join(out, pkg, "build.so"), filepath.Join(out, pkg, x.file)); err != nil {
				g.Fatal(err)
			}
			return command(out)
		}, edited(pkg+x.file))
	}
	row("an object with 1,000 names", func(g *ground) []string {
		out := toPatch(g)
		for i := range 1000 {
			if err := os.Link(filepath.Join(out, pkg, "build.so"), filepath.Join(out, pkg, fmt.Sprintf("build.so.%d", i))); err != nil {
				g.Fatal(err)
			}
		}
		return command(out)
	}, func(g *ground, now map[string]string) []string {
		for i := range 1000 {
			if faults := edited(pkg+fmt.Sprintf("build.so.%d", i))(g, now); faults != nil {
				return faults
			}
		}
		return nil
	})
	row("an object with a name outside of the tree", func(g *ground) []string {
		out := toPatch(g)
		if err := os.Link(filepath.Join(out, pkg, "build.so"), filepath.Join(g.top, "outside", "build.so")); err != nil {
			g.Fatal(err)
		}
		return command(out)
	}, edited(pkg+"build.so")) // the other name keeps the old file: all around is watched
	row("an object that is a link out of the tree", func(g *ground) []string {
		out := toPatch(g)
		if err := errors.Join(os.Rename(filepath.Join(out, pkg, "build.so"), filepath.Join(g.top, "outside", "build.so")), os.Symlink(filepath.Join(g.top, "outside", "build.so"), filepath.Join(out, pkg, "build.so"))); err != nil {
			g.Fatal(err)
		}
		return command(out)
	}, func(*ground, map[string]string) []string { return nil })
	row("a folder that is a link out of the tree", func(g *ground) []string {
		out := toPatch(g)
		if err := errors.Join(os.Rename(filepath.Join(out, pkg), filepath.Join(g.top, "outside", "pkg")), os.Symlink(filepath.Join(g.top, "outside", "pkg"), filepath.Join(out, filepath.Clean(pkg)))); err != nil {
			g.Fatal(err)
		}
		return command(out)
	}, func(*ground, map[string]string) []string { return nil })
	for _, x := range []struct {
		name string
		mode fs.FileMode
	}{{"read-only", 0o444}, {"without any right", 0}, {"set-user-ID", 0o4755}} {
		row("an object that is "+x.name, func(g *ground) []string {
			out := toPatch(g)
			mode := x.mode & 0o777
			if x.mode&0o4000 != 0 {
				mode |= fs.ModeSetuid
			}
			if err := os.Chmod(filepath.Join(out, pkg, "build.so"), mode); err != nil {
				g.Fatal(err)
			}
			return command(out)
		}, func(g *ground, now map[string]string) []string {
			info, err := os.Stat(filepath.Join(g.in, "out", pkg, "build.so"))
			if err != nil || info.Mode().Perm() != x.mode&0o777 {
				return []string{fmt.Sprintf("mode %v, %v", info.Mode(), err)}
			}
			return edited(pkg+"build.so")(g, now)
		})
	}
	row("a folder that is read-only", func(g *ground) []string {
		out := toPatch(g)
		if err := os.Chmod(filepath.Join(out, pkg), 0o555); err != nil {
			g.Fatal(err)
		}
		g.Cleanup(func() { _ = os.Chmod(filepath.Join(out, pkg), 0o755) })
		return command(out)
	}, edited(pkg+"build.so"))
	row("a file that RECORD does not know before a patch", func(g *ground) []string {
		out := toPatch(g)
		g.write(filepath.Join(out, pkg, "evil.py"), "evil")
		return []string{"patch", "--format", "json", out}
	}, func(g *ground, now map[string]string) []string {
		if now[pkg+"build.so"] != objects(g)["build.so"] {
			return []string{"edited all the same"}
		}
		return nil
	}, unlisted+" "+pkg+"evil.py")
	return table
}

// TestKills ends a run while patchelf works, and lets another complete the work. More
// moments are tried in the packages apply and pipeline.
func TestKills(t *testing.T) {
	var table []attack
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		table = append(table, attack{
			name: "a run ended by " + signal.String(), check: untouchedButLitter,
			edit: func(g *ground) []string {
				out := toPatch(g)
				old := g.files(out)
				started := filepath.Join(g.top, "cwd", "started")
				program := filepath.Join(g.top, "cwd", "patchelf")
				g.write(program, script("echo half >\"$out\"; : >"+started+"; sleep 60"))
				if err := os.Chmod(program, 0o755); err != nil {
					g.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(context.Background(), hang)
				defer cancel()
				cmd := g.program(ctx, []string{"patch", "--record=off", "--patchelf", program, out}, nil)
				if err := cmd.Start(); err != nil {
					g.Fatal(err)
				}
				for ctx.Err() == nil {
					if _, err := os.Stat(started); err == nil {
						break
					}
					time.Sleep(time.Millisecond)
				}
				_ = cmd.Process.Signal(signal)
				_ = cmd.Wait()
				now := g.files(out)
				for name, text := range old {
					if now[name] != text {
						g.Errorf("%s is not as it was", name)
					}
				}
				if left := litter(now); len(left) > 0 && signal != syscall.SIGKILL {
					g.Errorf("left after %v: %q", signal, left)
				}
				if err := errors.Join(os.Remove(started), os.Remove(program)); err != nil {
					g.Fatal(err)
				}
				return []string{"patch", "--format", "json", "--record=off", out}
			},
		})
	}
	attacks(t, table)
}

// untouchedButLitter checks that the next run has completed the work.
func untouchedButLitter(g *ground, _ result) (faults []string) {
	now := g.files(filepath.Join(g.in, "out"))
	if left := litter(now); len(left) > 0 {
		faults = append(faults, fmt.Sprintf("left: %q", left))
	}
	if now[pkg+"build.so"] == objects(g)["build.so"] {
		faults = append(faults, "not edited")
	}
	if now[pkg+"other.so"] != objects(g)["libdep.so"] {
		faults = append(faults, "the other object is changed")
	}
	return faults
}

// Rule: two runs on one tree at the same time leave what one run leaves.
func TestTwoRuns(t *testing.T) {
	g := newGround(t)
	testenv.Tool(t, "patchelf")
	files := map[string]string{}
	for i := range 4 {
		files[fmt.Sprintf("b%d.so", i)] = objects(t)["build.so"]
	}
	out := g.tree(files)
	one := g.start([]string{"patch", "--record=off", compiled.At(t, out).CopyTo(filepath.Join(g.top, "cwd", "copy")).Root}, nil)
	if one.status != 0 {
		t.Fatal(one.stderr)
	}
	want := g.files(filepath.Join(g.top, "cwd", "copy"))
	results := make(chan result, 2)
	for range 2 {
		go func() { results <- g.start([]string{"patch", "--record=off", out}, nil) }()
	}
	worked := 0
	for range 2 {
		if r := <-results; r.status == 0 {
			worked++
		} else if r.status != 2 || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("status %d: %s", r.status, r.stderr)
		}
	}
	if worked == 0 || !maps.Equal(g.files(out), want) {
		t.Errorf("%d of two runs worked; left %q", worked, litter(g.files(out)))
	}
}
