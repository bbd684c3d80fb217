// The dist-info folder of a wheel: PEP 427, "The .dist-info directory", and
// PEP 491 for its files.

package wheel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// readDistInfo finds the one dist-info folder at the top of the archive and
// reads METADATA, WHEEL and entry_points.txt. Folders further down are data of
// the distribution: setuptools contains those of the packages that it bundles.
func (a *Archive) readDistInfo() {
	var dirs []string
	for i := range a.Members {
		top, _, nested := strings.Cut(a.Members[i].Name, "/")
		if nested && IsDistInfo(top) && a.Members[i].Unsafe == "" && !slices.Contains(dirs, top) {
			// Two show that there are too many; a hostile archive may hold any number.
			if dirs = append(dirs, top); len(dirs) > 2 {
				break
			}
		}
	}
	filename, ok := pyname.ParseFilename(a.path)
	misnamed := len(a.Faults)
	if a.Filename = filename; !ok {
		a.fault(Malformed, "", "the file's name is not that of a wheel: "+words.Quote(base(a.path)))
	}
	switch {
	case len(dirs) == 0:
		a.fault(Malformed, "", "no dist-info folder at the top of the archive")
		return
	case len(dirs) > 1:
		a.fault(Malformed, "", "more than one dist-info folder: "+words.Quote(dirs[0])+", "+words.Quote(dirs[1]))
	}
	a.Dist.Dir = dirs[0]
	for _, dir := range dirs {
		if _, _, same := splitDistInfo(dir, filename.Name, filename.Version); ok && same {
			a.Dist.Dir = dir
		}
	}
	name, version, same := splitDistInfo(a.Dist.Dir, filename.Name, filename.Version)
	a.Dist.Name, a.Dist.Version = name, version
	if ok && !same {
		a.fault(Malformed, a.Dist.Dir, "the dist-info folder is not that of the file's name: "+words.Quote(base(a.path)))
	}
	if m := a.Lookup(a.Dist.Dir + "/RECORD"); m != nil {
		a.Record = m
	}
	a.readMetadata(name, version)
	a.readWheel()
	if given, known := pyname.FilenameOf(a.Dist.Name, a.Dist.Version, a.Dist.Tags); !ok && known {
		given = words.Printable(given)
		a.Faults[misnamed].Hint = fmt.Sprintf("give it its own name back, by WHEEL %s; in Nix: fetchurl { name = %s; … }", given, words.NixString(given))
	}
	a.readEntryPoints()
	a.checkInstall()
}

const distInfoSuffix = ".dist-info"

// IsDistInfo reports whether a folder has the name of a dist-info folder.
func IsDistInfo(dir string) bool { return strings.HasSuffix(dir, distInfoSuffix) }

// splitDistInfo returns the parts of a folder's name, NAME-VERSION.dist-info. Where more
// than one dash could part them, it is the one that makes the name and version that are
// expected, if any does, else the first.
func splitDistInfo(dir, name, version string) (n, v string, same bool) {
	stem := strings.TrimSuffix(dir, distInfoSuffix)
	for i := range len(stem) {
		if stem[i] == '-' && pyname.NormalName(stem[:i]) == pyname.NormalName(name) && pyname.NormalVersion(stem[i+1:]) == pyname.NormalVersion(version) {
			return stem[:i], stem[i+1:], true
		}
	}
	n, v, _ = strings.Cut(stem, "-")
	return n, v, false
}

// small returns the text of a file of dist-info, and whether it could be read. That a
// required one is missing is a fault.
func (a *Archive) small(name string, required bool) (text string, ok bool) {
	m := a.Lookup(a.Dist.Dir + "/" + name)
	if m == nil {
		if required {
			a.fault(Malformed, a.Dist.Dir+"/"+name, "it is missing")
		}
		return "", false
	}
	if m.Size > maxMetadata {
		a.Faults = append(a.Faults, tooLarge(m.Name, maxMetadata))
		return "", false
	}
	data, err := a.ReadMember(m, maxMetadata)
	if err != nil {
		// Nothing is taken from a member that cannot be read. Verification reads
		// every member and reports it.
		return "", false
	}
	return data, true
}

// readMetadata compares METADATA with what the folder's name says.
func (a *Archive) readMetadata(name, version string) {
	text, _ := a.small("METADATA", true)
	a.Dist.take(parseHeaders(text))
	if n := a.Dist.Name; pyname.NormalName(n) != pyname.NormalName(name) {
		a.fault(Malformed, a.Dist.Dir+"/METADATA", "its Name is not that of the folder: "+words.Quote(n))
	}
	if v := a.Dist.Version; pyname.NormalVersion(v) != pyname.NormalVersion(version) {
		a.fault(Malformed, a.Dist.Dir+"/METADATA", "its Version is not that of the folder: "+words.Quote(v))
	}
}

// wheelVersion are the versions that are read: an installer stops where the major
// version is greater than the one that it knows (PEP 427, "Details").
var wheelVersion = lazyregexp.New(`^0*[01](\.[0-9]+)*$`)

func (a *Archive) readWheel() {
	text, ok := a.small("WHEEL", true)
	if !ok {
		return
	}
	h := parseHeaders(text)
	a.Dist.Tags = h["tag"]
	switch v := h.first("wheel-version"); {
	case v == "":
		a.fault(Malformed, a.Dist.Dir+"/WHEEL", "it has no Wheel-Version")
	case !wheelVersion.MatchString(v):
		a.fault(Malformed, a.Dist.Dir+"/WHEEL", "Wheel-Version "+words.Quote(v)+": versions up to 1.x are known")
	}
}

// readEntryPoints takes the names of console_scripts and gui_scripts (PyPA
// entry points specification).
func (a *Archive) readEntryPoints() {
	section := ""
	text, _ := a.small("entry_points.txt", false)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[] ")
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.HasPrefix(line, "#") ||
			section != "console_scripts" && section != "gui_scripts" {
			continue
		}
		if why := checkName(name); why != "" {
			a.fault(UnsafePath, a.Dist.Dir+"/entry_points.txt", "the entry point "+words.Quote(name)+" cannot be a file of bin: "+why)
			continue
		}
		a.Scripts = append(a.Scripts, name)
	}
}

// headers are the fields of METADATA and WHEEL, by name in lower case.
type headers map[string][]string

func (h headers) first(name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// parseHeaders reads what Python's email takes for the fields of a message, which is how
// installers read these files. A line may end in a carriage return alone; one that begins
// with a blank goes on with the field before it (RFC 5322, "Long Header Fields"); the
// first that is neither ends the fields.
func parseHeaders(text string) headers {
	h := headers{}
	name, value := "", ""
	keep := func() {
		if name != "" {
			// A value outlives its file, of which it is the smallest part.
			h[name] = append(h[name], strings.Clone(strings.TrimSpace(unfold.Replace(value))))
		}
		name = ""
	}
	for at, start := 0, 0; at < len(text); {
		line := text[at:]
		if n := strings.IndexAny(line, "\r\n"); n >= 0 {
			line = line[:n+max(1, lineEnd(line[n:]))]
		}
		if line[0] == ' ' || line[0] == '\t' {
			value = text[start : at+len(line)]
		} else {
			keep()
			field, rest, ok := strings.Cut(line, ":")
			if envelope := strings.HasPrefix(line, "From "); !envelope && (!ok || strings.IndexFunc(field, notInName) >= 0) {
				break
			}
			name, value, start = strings.ToLower(field), rest, at+len(field)+1
		}
		at += len(line)
	}
	keep()
	return h
}

// notInName reports whether the name of a field cannot have a character (RFC 5322, 3.6.8).
func notInName(c rune) bool { return c <= ' ' || c > '~' }

// unfold takes the line endings out of a value.
var unfold = strings.NewReplacer("\r", "", "\n", "")

func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
