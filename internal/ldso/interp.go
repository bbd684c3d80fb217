package ldso

// This file learns from a loader's own file what it searches. Nothing is run:
// the default directories are constants in its read-only data.

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

const (
	maxLoader = 32 << 20
	maxCache  = 64 << 20
)

// NewLoader reads the loader at an absolute path, such as
// /nix/store/…-glibc-2.40/lib/ld-linux-x86-64.so.2, and the cache and the
// configuration that it names. It runs nothing. The error is that of reading the
// file, or an [*elfobj.FormatError].
func NewLoader(interpreter string) (Loader, error) {
	obj, err := elfobj.Open(interpreter)
	if err != nil {
		return Loader{}, fmt.Errorf("reading the dynamic loader: %w", err)
	}
	data, err := readLimited(interpreter, maxLoader)
	if err != nil {
		return Loader{}, fmt.Errorf("reading the dynamic loader: %w", err)
	}
	var levels []string
	if obj.Machine == elf.EM_X86_64 && runtime.GOARCH == "amd64" {
		cpuinfo, _ := os.ReadFile("/proc/cpuinfo")
		levels = x86Levels(string(cpuinfo))
	}
	l := loaderFrom(interpreter, obj, data, levels)
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

// loaderFrom reads what the loader's bytes say. Levels are the glibc-hwcaps
// subdirectories that this machine's processor is good for.
func loaderFrom(interpreter string, obj *elfobj.Object, data []byte, levels []string) Loader {
	l := Loader{Interpreter: interpreter, Soname: obj.Soname, Libc: Glibc, Platform: platform(obj)}
	if regexp.MustCompile(`\x00musl libc`).Match(data) || strings.HasPrefix(path.Base(interpreter), "ld-musl-") {
		l.Libc, l.Platform, l.DefaultDirs = Musl, "", muslDirs(data)
		return l
	}
	l.DefaultDirs = systemDirs(data)
	if len(l.DefaultDirs) == 0 {
		l.DefaultDirs = []string{path.Dir(interpreter)}
	}
	l.Lib = libToken(data, l.DefaultDirs[0])
	if m := regexp.MustCompile(`\x00(/[!-~]*/ld\.so\.cache)\x00`).FindSubmatch(data); m != nil {
		l.CacheFile = string(m[1])
	}
	if m := regexp.MustCompile(`\x00(x86-64-v[0-9](?::x86-64-v[0-9])*)\x00`).FindSubmatch(data); m != nil {
		for _, h := range strings.Split(string(m[1]), ":") {
			if slices.Contains(levels, h) {
				l.Hwcaps = append(l.Hwcaps, h)
			}
		}
	}
	return l
}

// systemDirs finds glibc's table system_dirs: directories, each with a slash and
// a NUL at its end, one after the other. The longest such run is it.
func systemDirs(data []byte) (dirs []string) {
	for _, m := range regexp.MustCompile(`\x00((?:/[!-~]+/\x00)+)`).FindAllSubmatch(data, -1) {
		run := strings.Split(strings.TrimSuffix(string(m[1]), "\x00"), "\x00")
		if len(run) > len(dirs) {
			dirs = run
		}
	}
	for i, d := range dirs {
		dirs[i] = strings.TrimSuffix(d, "/")
	}
	return dirs
}

// muslDirs finds the list of directories, separated by colons, in musl's data.
// The list of where programs are looks the same but for its names.
func muslDirs(data []byte) []string {
	for _, m := range regexp.MustCompile(`\x00(/[!-9;-~]+(?::/[!-9;-~]+)*)\x00`).FindAllSubmatch(data, -1) {
		dirs := strings.Split(string(m[1]), ":")
		if !slices.ContainsFunc(dirs, func(d string) bool { return !strings.HasPrefix(path.Base(d), "lib") }) {
			return dirs
		}
	}
	return []string{"/lib", "/usr/local/lib", "/usr/lib"}
}

// libToken gives the value of $LIB: a constant such as lib/x86_64-linux-gnu on
// Debian, elsewhere the last part of the first default directory.
func libToken(data []byte, dir string) string {
	if m := regexp.MustCompile(`\x00(lib(?:x?32|64)?/[a-z0-9_]+-linux-[a-z0-9_]+)\x00`).FindSubmatch(data); m != nil {
		return string(m[1])
	}
	if base := path.Base(dir); strings.HasPrefix(base, "lib") {
		return base
	}
	return "lib"
}

// readMuslPath reads <prefix>/etc/ld-musl-<arch>.path, whose directories replace
// the built-in ones. The prefix is two levels up from the loader.
func (l *Loader) readMuslPath() {
	arch, ok := strings.CutPrefix(strings.TrimSuffix(path.Base(l.Interpreter), ".so.1"), "ld-musl-")
	if !ok {
		return
	}
	file := path.Join(path.Dir(path.Dir(l.Interpreter)), "etc", "ld-musl-"+arch+".path")
	text, err := readLimited(file, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	// A file that cannot be read leaves musl without any default directory.
	l.DefaultDirs = strings.FieldsFunc(string(text), func(r rune) bool { return r == ':' || r == '\n' })
}
