// Package ldso is the library search of ld.so(8): which file the dynamic loader
// opens for each DT_NEEDED, and by what way it came there. It follows glibc (2.33
// to 2.41), and musl where the loader is musl's.
//
// The search opens files only through [Files] and is a pure function of what these
// show. [NewLoader] reads the loader itself, the cache or the configuration that
// it has, and the processor's flags; [DiskFiles] reads objects. Nothing is run.
//
// What depends on the process and not on the files is left out: LD_LIBRARY_PATH,
// LD_PRELOAD and auditing, and directories relative to the current one, which are
// passed over with that reason. So are the platform subdirectories (tls, haswell)
// that glibc dropped in 2.37. At objects that filter each other glibc's loader runs out
// of its stack; here each is mapped once.
//
// Those who plan an edit, check its result or explain a wheel call it.
package ldso

import "github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"

// A Via is the way a library was found.
type Via string

// The ways in the order in which the loader tries them. Planning knows the last two, the
// search does not.
const (
	Direct  Via = "direct"  // a DT_NEEDED with a slash, or already loaded by that very path
	Rpath   Via = "rpath"   // DT_RPATH of the object or of one on its loading chain
	Runpath Via = "runpath" // DT_RUNPATH of the object
	Default Via = "default" // the default directories of the loader, its cache, or the loader itself
	Driver  Via = "driver"  // a directory that exists at run time only
	Link    Via = "link"    // a search path, at a link in the outputs that leads out of them
)

// A File is an object that a path leads to.
type File struct {
	Real   string // the path with links resolved
	Object *elfobj.Object

	// ID is the same for every path to one file: the loader compares device and
	// inode, so two hard links are one library. Real serves where ID is empty.
	ID string
}

func (f File) id() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Real
}

// Files is the file system as the loader sees it.
type Files interface {
	// Open returns the object that the absolute path leads to, symbolic links
	// followed. The error wraps fs.ErrNotExist where there is nothing, or is an
	// *elfimage.FormatError where it is no ELF object or no regular file.
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
	Soname      string // its DT_SONAME, the base name of Interpreter where empty
	Libc        Libc
	DefaultDirs []string
	Lib         string   // what $LIB stands for
	Platform    string   // what $PLATFORM stands for
	Hwcaps      []string // subdirectories of glibc-hwcaps, best first

	// CacheFile is the ld.so.cache that the loader reads, empty where there is
	// none, and Cache what it says: the path of each soname.
	CacheFile string
	Cache     map[string]string
}

// A Place is one step of a search.
type Place struct {
	Via    Via
	Object string // whose RPATH or RUNPATH it is, empty for default
	Dir    string // the directory after $ORIGIN and the like were replaced; for the cache its path
	Reason string // why it was passed over: "" where there was no such file
	Broken bool   // since the file there is no object that can be read
}

// A Need is one DT_NEEDED or DT_FILTER, or a DT_AUXILIARY that was found, and what
// became of it.
type Need struct {
	Soname   string // as DT_NEEDED has it
	Found    bool
	Path     string // the path the loader opens, as it reports it
	Real     string // the same with links resolved
	Via      Via
	Owner    string  // the object whose RPATH or RUNPATH led there, by its path; else empty
	Searched []Place // all that was tried before it was found, or all there is

	// Loaded reports that an object loaded before answers to the name: there was
	// no search, and Via is the way by which that object came.
	Loaded bool
	// Fatal says why the loader refuses the file that it found first: no ELF
	// object, a program, the wrong byte order; for musl the wrong machine too. It
	// looks no further, and glibc gives up altogether. Path is that file, and
	// Found is false.
	Fatal string
}

// A Loaded object is one that the loader maps.
type Loaded struct {
	Path   string
	Real   string
	Object *elfobj.Object
	Parent int    // index of the object that asked for it first, -1 for the root
	Via    Via    // how it was found
	Owner  string // see Need.Owner

	m     *mapper
	node  *node
	asker *asker // once its chain was asked for
	index int    // in the closure
	up    int    // the nearest object on its loading chain that bequeaths, -1 where none does

	answered []query // what became of each of its asks, nil until the loader comes to them
	name     int32   // that it was first asked for by, -1 where none is known
	lacks    bool
}

// A Closure is everything that the loader maps for one object, breadth first
// as the loader does it, the object itself at index 0. The loader is a member
// where an object needs it by name.
type Closure []Loaded
