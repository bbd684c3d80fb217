package fixup

// A RecordMode says what a false RECORD does.
type RecordMode string

// The modes of RECORD verification.
const (
	RecordFail RecordMode = "fail"
	RecordWarn RecordMode = "warn"
	RecordOff  RecordMode = "off"
)

// A Layout says where bundled libraries end.
type Layout string

// The layouts.
const (
	LayoutOrigin Layout = "origin" // files stay where they are
	LayoutFlat   Layout = "flat"   // bundled libraries go to lib/ of the output
)

// Options is everything that the command line and the hook decide. All paths
// are absolute.
type Options struct {
	Interpreter         string   // the target's loader; empty: found by DefaultInterpreter
	Libc                string   // directory of the interpreter's C library
	Libs                []string // searched in order, without subdirectories
	PythonLibs          []string // site-packages of Python dependencies
	RuntimeDependencies []string // added to programs' RUNPATH whether needed or not
	AppendRpaths        []string // added to every object's RUNPATH
	IgnoreMissing       []string // SONAME-GLOB or FILE-GLOB:SONAME-GLOB
	IgnoreRecord        []string // globs of RECORD paths
	Layout              Layout
	Patchelf            string // the program; empty: from PATH
	PatchelfFlags       []string
	KeepLibc            bool
	ClearExecstack      bool
	Record              RecordMode
	UpdateAllRecords    bool     // bring every RECORD row up to date, not just those of edited files
	Wheels              []string // the .whl files that the trees were installed from
	NoLdd               bool
	Jobs                int
	DryRun              bool
	StoreDir            string // NIX_STORE, else /nix/store
}
