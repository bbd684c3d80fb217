// Package ldso is the library search of ld.so(8) as pure functions over
// objects: which file the dynamic loader opens for each DT_NEEDED, and how it
// came there.
package ldso

import "github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"

// A Via is the way a library was found.
type Via string

// The ways in the order in which the loader tries them.
const (
	Direct  Via = "direct"  // a DT_NEEDED with a slash, or already loaded by that very path
	Rpath   Via = "rpath"   // DT_RPATH of the object or of one on its loading chain
	Runpath Via = "runpath" // DT_RUNPATH of the object
	Default Via = "default" // the default directories of the loader
	Driver  Via = "driver"  // a directory that exists at run time only
)

// A File is an object that a path leads to.
type File struct {
	// Real identifies the file behind links: the loader compares device and
	// inode, two paths to one file are one library.
	Real   string
	Object *elfobj.Object
}

// Files is the file system as the loader sees it.
type Files interface {
	// Open gives the object that the absolute path leads to, symbolic links
	// followed. The error wraps fs.ErrNotExist where there is no regular file,
	// or is an *elfobj.FormatError where it is no ELF object.
	Open(path string) (File, error)
}

// A Libc names the C library that a loader belongs to; musl searches by other
// rules than glibc.
type Libc string

// The C libraries.
const (
	Glibc Libc = "glibc"
	Musl  Libc = "musl"
)

// A Loader is one dynamic loader: what it searches apart from the paths that
// objects name.
type Loader struct {
	Interpreter string // its own path
	Libc        Libc
	DefaultDirs []string
	Lib         string   // what $LIB stands for
	Platform    string   // what $PLATFORM stands for
	Hwcaps      []string // subdirectories of glibc-hwcaps, best first
}

// A Place is one step of a search.
type Place struct {
	Via    Via
	Object string // whose RPATH or RUNPATH it is, empty for default
	Dir    string // the directory after $ORIGIN and the like were replaced
	Reason string // why it was passed over: "" where there was no such file
}

// A Need is one DT_NEEDED and what became of it.
type Need struct {
	Soname   string // as DT_NEEDED has it
	Found    bool
	Path     string // the path the loader opens, as it reports it
	Real     string // the same with links resolved, see File.Real
	Via      Via
	Searched []Place // all that was tried before it was found, or all there is
}

// A Loaded object is one that the loader maps.
type Loaded struct {
	Path   string
	Real   string
	Object *elfobj.Object
	Parent int // index of the object that asked for it first, -1 for the root
	Needs  []Need
}

// A Closure is everything that the loader maps for one object, breadth first
// as the loader does it, the object itself at index 0.
type Closure []Loaded
