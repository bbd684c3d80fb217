package record

import (
	"bytes"
	"os"
	"path"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// codeKind returns what a file is that Python or the loader would run, by its name, else
// by what kindOf says of its first bytes; "" where it is none. A link to a directory
// counts: behind it may be anything.
func codeKind(p string, kindOf func(start []byte) string) (string, error) {
	switch filepath.Ext(p) {
	case ".py", ".pyw", ".pyc", ".pyo":
		return "Python code", nil
	case ".pth":
		return "path file, which Python runs at its start", nil
	case ".so":
		return "extension module", nil
	}
	info, err := os.Stat(p)
	switch {
	case err != nil:
		return "", onlyUnreadable(err)
	case info.IsDir():
		return "link to a directory", nil
	case !info.Mode().IsRegular():
		return "", nil
	}
	start, err := tree.StartOf(p, codeStart)
	if err != nil {
		return "", err
	}
	return kindOf(start), nil
}

// codeStart is how many bytes of a file objectIn and codeIn look at.
const codeStart = 4

// objectIn returns what a file that begins so is, where the loader would load it.
func objectIn(start []byte) string {
	if elfimage.IsELF(start) {
		return "ELF object"
	}
	return ""
}

// codeIn returns what a file that begins so is, whatever its name: an ELF object, a
// script of execve(2), bytecode (importlib's magic number) or an archive, which Python
// runs as it does a module. Else it returns "".
func codeIn(start []byte) string {
	switch {
	case bytes.HasPrefix(start, []byte("#!")):
		return "script"
	case len(start) == codeStart && string(start[2:]) == "\r\n" && (start[1] > 0xf0 || start[1] > '\n' && start[1] < 0x10):
		return "Python code"
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return "ZIP archive"
	}
	return objectIn(start)
}

// hiddenCode is the message on code under a name that needs no row or no hash.
func hiddenCode(kind string) string {
	return "no RECORD can vouch for a file of this name, and it is no place for code: " + kind
}

// bytecodeAlone is the message on bytecode that is all there is of a module.
const bytecodeAlone = "bytecode without a hash and without its source: nothing says what it should hold"

// cachedName matches the names in __pycache__: PEP 3147 and 488, and those of pytest.
var cachedName = lazyregexp.New(`^(.+?)\.[a-z]+-?[0-9a-z]+(-pytest-[0-9.]+)?(\.opt-[0-9a-z]+)?\.pyc$`)

// sourceOf returns the path of the source of bytecode, empty where the name is not that
// of bytecode.
func sourceOf(p string) string {
	dir, name := path.Split(p)
	if dir = path.Clean(dir); path.Base(dir) == "__pycache__" {
		if m := cachedName.FindStringSubmatch(name); m != nil {
			return path.Join(path.Dir(dir), m[1]+".py")
		}
		return ""
	}
	if !wheel.IsBytecode(p) {
		return ""
	}
	return p[:len(p)-1]
}
