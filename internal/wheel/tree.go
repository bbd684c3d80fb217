// The dist-info folders of a tree that a wheel was installed to or unpacked in:
// PEP 376, "One .dist-info directory per installed distribution".

package wheel

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
)

// ReadDistInfo reads one dist-info folder; dir is relative to root. Of METADATA only
// the fields are read, not the description that follows them.
func ReadDistInfo(root, dir string) Dist {
	dist := Dist{Dir: dir}
	dist.Name, dist.Version, _ = splitDistInfo(filepath.Base(dir), "", "")
	if h, err := readHeaders(filepath.Join(root, dir, "METADATA")); err == nil {
		dist.take(h)
	}
	if h, err := readHeaders(filepath.Join(root, dir, "WHEEL")); err == nil {
		dist.Tags = h["tag"]
	}
	return dist
}

// take takes what the fields of METADATA say.
func (d *Dist) take(h headers) {
	if n := h.first("name"); n != "" {
		d.Name = n
	}
	if v := h.first("version"); v != "" {
		d.Version = v
	}
	d.Requires = h["requires-dist"]
	d.Summary, d.RequiresPython, d.Extras = h.first("summary"), h.first("requires-python"), h["provides-extra"]
	d.Homepage = homepage(h)
	d.LicenseExpression = h.first("license-expression")
	d.License = cmp.Or(d.LicenseExpression, h.first("license"))
	for _, c := range h["classifier"] {
		if strings.HasPrefix(c, "License ::") {
			d.Classifiers = append(d.Classifiers, c)
		}
	}
}

// homepage returns the address of the project: Home-page, else the one among Project-URL
// whose label says most nearly that (PyPA, "Well-known Project URLs in Metadata").
func homepage(h headers) string {
	if home := h.first("home-page"); home != "" && home != "UNKNOWN" {
		return home
	}
	rank := []string{"homepage", "repository", "source", "sourcecode", "code", "github", "documentation"}
	best, address := len(rank), ""
	for _, line := range h["project-url"] {
		label, url, _ := strings.Cut(line, ",")
		label = strings.Map(func(r rune) rune {
			if r == ' ' || r == '-' || r == '_' {
				return -1
			}
			return unicode.ToLower(r)
		}, label)
		if i := slices.Index(rank, label); i >= 0 && i < best {
			best, address = i, strings.TrimSpace(url)
		}
	}
	return address
}

// readHeaders reads a file as far as parseHeaders does.
func readHeaders(path string) (headers, error) {
	f, _, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewReader(io.LimitReader(f, maxMetadata+1))
	var text strings.Builder
	for err == nil && text.Len() <= maxMetadata {
		var line string
		line, err = in.ReadString('\n')
		if text.WriteString(line); strings.Trim(line, "\r\n") == "" {
			break
		}
	}
	switch {
	case text.Len() > maxMetadata:
		return nil, tooLarge(path, maxMetadata)
	case err != nil && err != io.EOF:
		return nil, err
	}
	return parseHeaders(text.String()), nil
}

// ReadSmall returns the contents of a regular file of at most limit bytes. The error
// is a *Fault where it is larger, or something else than a file.
func ReadSmall(path string, limit int64) (string, error) {
	f, info, err := openRegular(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info.Size() > limit {
		return "", tooLarge(path, limit)
	}
	var b strings.Builder
	b.Grow(int(info.Size()))
	_, err = io.Copy(&b, io.LimitReader(f, limit+1))
	if err == nil && int64(b.Len()) > limit {
		return "", tooLarge(path, limit)
	}
	return b.String(), err
}

// openRegular opens what is a file and no link, pipe or device.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	f, info, err := atomicfile.OpenPlain(path, os.O_RDONLY)
	if other := (*atomicfile.NotPlainError)(nil); errors.As(err, &other) {
		err = &Fault{Kind: Malformed, Path: path, Msg: "it is no regular file"}
	}
	return f, info, err
}
