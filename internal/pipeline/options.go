package pipeline

import (
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/apply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/check"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Options is everything that the command line and the hook decide. All paths
// are absolute.
type Options struct {
	Interpreter         string            // the target's loader; empty: chosen by [plan.FindTarget]
	Bintools            string            // NIX_BINTOOLS, or empty
	Libc                string            // directory of the interpreter's C library
	Libs                []string          // searched in order, without subdirectories
	PythonLibs          []string          // site-packages of Python dependencies
	RuntimeDependencies []string          // added to programs' RUNPATH whether needed or not
	AppendRpaths        []string          // added to every object's RUNPATH
	IgnoreMissing       []string          // SONAME-GLOB or FILE-GLOB:SONAME-GLOB
	IgnoreHolders       map[string]string // the variable of a derivation that holds such a pattern
	IgnoreRecord        []string          // globs of RECORD paths
	Opened              plan.Opened       // which libraries that objects open by name count
	Layout              plan.Layout
	Patchelf            string // the program; empty: from PATH
	PatchelfFlags       []string
	KeepLibc            bool
	AnyPython           bool // wheels for another Python than that of their site-packages are taken
	ClearExecstack      bool
	Record              record.Mode
	UpdateAllRecords    bool     // update every RECORD row, not just those of edited files
	Wheels              []string // the .whl files that the trees were installed from
	NoLdd               bool
	Jobs                int // files worked on at once
	DryRun              bool
	Outputs             bool   // the directories are the outputs of a derivation, of which some may be empty
	InBuild             bool   // a derivation is being built: messages name the first output $out
	StoreDir            string // NIX_STORE, else /nix/store
}

// scan returns what the scan reads: objects as a whole where their hashes are wanted, for
// the verification or for RECORD. For RECORD alone, the hash of one that is going to be
// edited can wait until it is.
func (o *Options) scan(verify bool) tree.Options {
	scan := tree.Options{
		PythonLibs: o.PythonLibs, Names: !o.Opened.None, Digests: o.Layout == plan.Flat, Jobs: o.Jobs,
		Whole: verify || o.UpdateAllRecords && !o.DryRun,
	}
	if !verify {
		scan.Later = o.planning().LikelyEdited
	}
	return scan
}

func (o *Options) verification(known map[string]tree.Sum) record.Options {
	return record.Options{Known: known, Mode: o.Record, Ignore: o.IgnoreRecord, Wheels: o.Wheels, Jobs: o.Jobs, Stores: append([]string{o.StoreDir}, o.outside()...)}
}

// outside returns the directories that libraries are taken from.
func (o *Options) outside() []string {
	dirs := slices.Concat(o.Libs, o.PythonLibs)
	for _, dir := range o.PythonLibs {
		dirs = append(dirs, plan.DataLib(dir))
	}
	return dirs
}

func (o *Options) target() plan.TargetOptions {
	return plan.TargetOptions{Interpreter: o.Interpreter, Bintools: o.Bintools, Libc: o.Libc}
}

func (o *Options) planning() plan.Options {
	return plan.Options{
		Libs: o.Libs, PythonLibs: o.PythonLibs, RuntimeDependencies: o.RuntimeDependencies, AppendRpaths: o.AppendRpaths,
		IgnoreMissing: o.IgnoreMissing, IgnoreHolders: o.IgnoreHolders, Opened: o.Opened, Layout: o.Layout, KeepLibc: o.KeepLibc, ClearExecstack: o.ClearExecstack,
		Jobs: o.Jobs, StoreDir: o.StoreDir, InBuild: o.InBuild,
	}
}

func (o *Options) application() apply.Options {
	return apply.Options{Patchelf: o.Patchelf, PatchelfFlags: o.PatchelfFlags, Jobs: o.Jobs, Sums: o.updatesRecord()}
}

// updatesRecord reports whether rows of RECORD are brought up to date.
func (o *Options) updatesRecord() bool { return o.Record != record.Off || o.UpdateAllRecords }

func (o *Options) checking() check.Options {
	return check.Options{NoLdd: o.NoLdd, Jobs: o.Jobs}
}
