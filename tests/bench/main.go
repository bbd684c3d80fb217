// Bench measures the program against what else could do its work, on the pinned
// wheels, and prints Markdown tables of ratios:
//
//	patch    by layout, against patchelf called one file after another for every
//	         dynamic object, twice for programs (what auto-patchelf does); against
//	         patchelf on just the files that must change; against hashing every byte
//	         once; against the floor, which is both, on all cores; and against
//	         $AUTO_PATCHELF where it names nixpkgs' auto-patchelf.py
//	         With -hook it is the hook's second call, that verifies nothing and brings
//	         all rows up to date; the wheels of wheels.tsv here, which are fetched
//	         where -wheel names them, lack libraries, and those are ignored.
//	verify   against sha256sum under xargs -P
//	unzip    verify of wheels no member of which holds more than half, against unzip -tq
//	explain  against unzip -p of the same ELF members; with -large, of a wheel of
//	         500 MB too, which is made for it and takes 1.5 GB below $TMPDIR
//	growth   of patch with 10, 100, 1,000 and 10,000 objects
//	bounds   what inputs that ask for much cost: each is to take under 2 s of
//	         processor time and 256 MiB, and about twice as much for twice as many.
//	         Twice as many that all need one another have four times the needs; and
//	         the loader, which check asks, compares each name with all that is loaded:
//	         half of what check takes for the graphs is its part, which is not linear
//
// The candidates of one table take turns within each round, so that a slow
// minute of the machine hits them all; a ratio is the median over the rounds.
// Times say nothing on another machine: compare ratios.
//
//	go run ./tests/bench [-rounds N] [-only NAME,…] [-wheel NAME,…] [-layout NAME,…] [-hook] [-large]
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

func main() {
	rounds := flag.Int("rounds", 5, "how many times each candidate runs")
	only := flag.String("only", "patch,verify,unzip,explain,growth,bounds", "which tables")
	names := flag.String("wheel", "", "which wheels; default: every pinned one for this machine")
	layouts := flag.String("layout", "origin,link", "which layouts of patch")
	hook := flag.Bool("hook", false, "patch as the hook's second call does")
	large := flag.Bool("large", false, "explain a wheel of 500 MB too")
	flag.Parse()
	if err := run(&bench{rounds: *rounds, large: *large, hook: *hook, layouts: strings.Split(*layouts, ",")}, strings.Split(*only, ","), *names); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// A bench holds what all tables share.
type bench struct {
	rounds   int
	large    bool
	hook     bool     // patch is the hook's second call
	layouts  []string // of patch
	program  string   // built as make build does
	scratch  string
	store    *testenv.Store
	bintools string // NIX_BINTOOLS for auto-patchelf
	wheels   []wheels.Pin
}

func run(b *bench, only []string, names string) (err error) {
	if b.scratch, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.scratch)
	store, remove, err := testenv.NewStore()
	if err != nil {
		return err
	}
	defer remove()
	b.store = store
	if err := errors.Join(b.makeBintools(), b.build()); err != nil {
		return err
	}
	if b.wheels, err = chosen(names); err != nil {
		return err
	}
	tables := map[string]func() error{"patch": b.patch, "verify": b.verify, "unzip": b.unzip, "explain": b.explain, "growth": b.growth, "bounds": b.bounds}
	for _, name := range only {
		table, ok := tables[name]
		if !ok {
			return fmt.Errorf("no table is called %q", name)
		}
		if err := table(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (b *bench) build() error {
	b.program = filepath.Join(b.scratch, "wheel-auto-patch")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.program, "./cmd/wheel-auto-patch")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// costly are the wheels that this program alone uses, for their size.
//
//go:embed wheels.tsv
var costly string

// chosen returns the wheels for this machine that hold native code. A name is that of a
// project, or the project, == and a version.
func chosen(names string) ([]wheels.Pin, error) {
	pins, err := wheels.Pins()
	if err != nil {
		return nil, err
	}
	large, err := wheels.ParsePins(costly)
	if err != nil {
		return nil, err
	}
	var out []wheels.Pin
	for i, p := range append(pins, large...) {
		_, _, platform := p.Tags()
		fits := strings.Contains(platform, "manylinux") && strings.Contains(platform, "x86_64")
		list := strings.Split(names, ",")
		named := slices.Contains(list, p.Project) || slices.Contains(list, p.Project+"=="+p.Version)
		if fits && (named || names == "" && i < len(pins)) {
			out = append(out, p)
		}
	}
	return out, nil
}
