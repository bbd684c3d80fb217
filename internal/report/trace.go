package report

// A TraceReport is what a command did that was run under the loader's own report.
type TraceReport struct {
	Args   []string       `json:"args"`
	Status int            `json:"status"` // its exit status, -1 where a signal ended it
	Signal string         `json:"signal"` // that signal, or empty
	Asked  []AskedReport  `json:"asked"`
	Unseen []UnseenReport `json:"unseen"`
}

// An AskedReport is a library that was asked for by name, or in vain.
type AskedReport struct {
	Name      string        `json:"name"`
	Status    AskedStatus   `json:"status"`
	Path      string        `json:"path"` // of the file, empty where it is missing
	By        []AskerReport `json:"by"`
	Searched  []PlaceReport `json:"searched"`  // in the order of the search; empty where it was found
	Supplier  string        `json:"supplier"`  // who has it; empty where it is not missing
	Attribute string        `json:"attribute"` // of nixpkgs, or empty
}

// An AskedStatus is what became of a request.
type AskedStatus string

// The statuses.
const (
	AskedFound   AskedStatus = "found"
	AskedMissing AskedStatus = "missing"
	// AskedRefused is a request that led to a file which was not loaded: no library for
	// this machine, a damaged one, or dlopen was only asked whether it is loaded
	// (RTLD_NOLOAD).
	AskedRefused AskedStatus = "refused"
)

// An AskerReport is who asked for a library.
type AskerReport struct {
	How    How    `json:"how"`
	Object string `json:"object"` // as the loader names it; empty for FindLibrary
	// File and Line are of the Python code that made the call, or for Dlopen and Needed
	// of the code that imported Object; "" and 0 where that is not known.
	File string `json:"file"`
	Line int    `json:"line"`
}

// A How is the way in which something asked for a library.
type How string

// The ways.
const (
	Dlopen      How = "dlopen"       // an object called dlopen
	Needed      How = "needed"       // DT_NEEDED of an object
	Ctypes      How = "ctypes"       // Python code, by ctypes
	Cffi        How = "cffi"         // Python code, by cffi
	FindLibrary How = "find_library" // Python code, by ctypes.util.find_library
)

// A PlaceReport is a directory, or the loader's cache, that was searched.
type PlaceReport struct {
	Via    string `json:"via"`    // rpath, runpath, default, or the environment variable
	Object string `json:"object"` // whose search path it is, or empty
	Path   string `json:"path"`
	Reason string `json:"reason"` // why a file of the name was passed over, or empty
}

// An UnseenReport is a program of which the loader reported nothing.
type UnseenReport struct {
	Program string `json:"program"` // empty where a report was cut short
	Reason  string `json:"reason"`
}

// Failed reports whether the command itself failed.
func (t TraceReport) Failed() bool { return t.Status != 0 }
