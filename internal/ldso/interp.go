package ldso

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

const (
	maxLoader = 32 << 20
	maxCache  = 64 << 20
)

// NewLoader reads the loader at an absolute path, such as
// /nix/store/…-glibc-2.40/lib/ld-linux-x86-64.so.2, and the cache or the
// configuration that it names. It runs nothing: what a loader searches is in its
// read-only data. The error is that of reading the file, or an
// [*elfimage.FormatError].
func NewLoader(interpreter string) (Loader, error) {
	obj, err := elfobj.Open(interpreter)
	if err != nil {
		return Loader{}, fmt.Errorf("reading the dynamic loader: %w", err)
	}
	data, err := readLimited(interpreter, maxLoader)
	if err != nil {
		return Loader{}, fmt.Errorf("reading the dynamic loader: %w", err)
	}
	l := loaderFrom(interpreter, obj, data, hostLevels(obj))
	if l.Libc == Musl {
		l.readMuslPath()
		return l, nil
	}
	if l.CacheFile == "" {
		return l, nil
	}
	cache, err := readLimited(l.CacheFile, maxCache)
	if err != nil {
		l.CacheFile = "" // the loader does without, whatever the reason
		return l, nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	if obj.Data == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	l.Cache = parseCache(cache, order, cacheFlags(obj), l.Hwcaps)
	return l, nil
}

func readLimited(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%q is larger than %d bytes", file, limit)
	}
	return data, err
}

// loaderFrom returns what the loader's bytes say. Levels are the glibc-hwcaps
// subdirectories that this machine's processor is good for.
func loaderFrom(interpreter string, obj *elfobj.Object, data []byte, levels []string) Loader {
	machine, _ := arch.Of(obj.Kind())
	l := Loader{Interpreter: interpreter, Soname: obj.Soname, Libc: Glibc, Platform: machine.Platform}
	words := loaderWords(data)
	if bytes.Contains(data, []byte("\x00musl libc")) || strings.HasPrefix(path.Base(interpreter), "ld-musl-") {
		l.Libc, l.Platform, l.DefaultDirs = Musl, "", muslDirs(words)
		return l
	}
	l.DefaultDirs = systemDirs(words)
	if len(l.DefaultDirs) == 0 {
		l.DefaultDirs = []string{path.Dir(interpreter)}
	}
	l.Lib = libToken(words, l.DefaultDirs[0])
	if i := slices.IndexFunc(words, isCacheName); i >= 0 {
		l.CacheFile = words[i]
	}
	if i := slices.IndexFunc(words, areLevels); i >= 0 {
		for h := range strings.SplitSeq(words[i], ":") {
			if slices.Contains(levels, h) {
				l.Hwcaps = append(l.Hwcaps, h)
			}
		}
	}
	return l
}

// loaderWords returns the strings in a loader that may be paths or levels: they
// begin like these, are printable and lie between two NULs. An empty string stands
// for whatever lies between two others.
func loaderWords(data []byte) []string {
	var words []string
	_, data, _ = bytes.Cut(data, []byte{0})
	for {
		word, rest, ok := bytes.Cut(data, []byte{0})
		switch {
		case !ok:
			return words
		case len(word) > 0 && strings.IndexByte("/lx", word[0]) >= 0 && bytes.IndexFunc(word, notPrintable) < 0:
			words = append(words, string(word))
		case len(words) > 0 && words[len(words)-1] != "":
			words = append(words, "")
		}
		data = rest
	}
}

func notPrintable(r rune) bool { return r < '!' || r > '~' }

func isCacheName(word string) bool {
	dir, ok := strings.CutSuffix(word, "/ld.so.cache")
	return ok && strings.HasPrefix(dir, "/")
}

// areLevels reports whether a word is the loader's list of glibc-hwcaps.
func areLevels(word string) bool {
	for level := range strings.SplitSeq(word, ":") {
		digit, ok := strings.CutPrefix(level, "x86-64-v")
		if !ok || len(digit) != 1 || digit[0] < '0' || digit[0] > '9' {
			return false
		}
	}
	return true
}

// systemDirs returns glibc's table system_dirs: directories, each with a slash and
// a NUL at its end, one after the other. It is the longest such run.
func systemDirs(words []string) (dirs []string) {
	var run []string
	for _, word := range append(words, "") {
		if len(word) > 2 && word[0] == '/' && strings.HasSuffix(word, "/") {
			run = append(run, strings.TrimSuffix(word, "/"))
			continue
		}
		if len(run) > len(dirs) {
			dirs = run
		}
		run = nil
	}
	return dirs
}

// muslDirs returns the list of directories, separated by colons, in musl's data.
// The default PATH looks the same but for the names.
func muslDirs(words []string) []string {
	for _, word := range words {
		dirs := strings.Split(word, ":")
		if !slices.ContainsFunc(dirs, func(d string) bool {
			return len(d) < 2 || d[0] != '/' || !strings.HasPrefix(path.Base(d), "lib")
		}) {
			return dirs
		}
	}
	return []string{"/lib", "/usr/local/lib", "/usr/lib"}
}

// multiarch is what $LIB stands for on Debian: lib/x86_64-linux-gnu.
var multiarch = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^lib(?:x?32|64)?/[a-z0-9_]+-linux-[a-z0-9_]+$`)
})

// libToken returns the value of $LIB: Debian's constant, or the last part of the
// first default directory.
func libToken(words []string, dir string) string {
	for _, word := range words {
		if strings.HasPrefix(word, "lib") && multiarch().MatchString(word) {
			return word
		}
	}
	if base := path.Base(dir); strings.HasPrefix(base, "lib") {
		return base
	}
	return "lib"
}

// readMuslPath reads <prefix>/etc/ld-musl-<arch>.path, whose directories replace
// the built-in ones. The prefix is two levels up from the loader.
func (l *Loader) readMuslPath() {
	name, ok := strings.CutPrefix(strings.TrimSuffix(path.Base(l.Interpreter), ".so.1"), "ld-musl-")
	if !ok {
		return
	}
	file := path.Join(path.Dir(path.Dir(l.Interpreter)), "etc", "ld-musl-"+name+".path")
	text, err := readLimited(file, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	// A file that cannot be read leaves musl without any default directory.
	l.DefaultDirs = muslPath(string(text))
}

// muslPath returns the directories of that file, which musl reads up to a NUL.
func muslPath(text string) []string {
	text, _, _ = strings.Cut(text, "\x00")
	return strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == '\n' })
}
