// The dist-info folders of a tree that a wheel was installed to or unpacked in:
// PEP 376, "One .dist-info directory per installed distribution".

package wheel

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ReadDistInfo reads one dist-info folder; dir is relative to root.
func ReadDistInfo(root, dir string) Dist {
	dist := Dist{Dir: dir}
	dist.Name, dist.Version, _ = splitDistInfo(filepath.Base(dir))
	if text, err := ReadSmall(filepath.Join(root, dir, "METADATA"), maxMetadata); err == nil {
		dist.readHeaders(parseHeaders(text))
	}
	return dist
}

func (d *Dist) readHeaders(h headers) {
	if n := h.first("name"); n != "" {
		d.Name = n
	}
	if v := h.first("version"); v != "" {
		d.Version = v
	}
	d.Requires = h["requires-dist"]
}

// ReadSmall returns the contents of a regular file of at most limit bytes. The error
// is a *Fault where it is larger, or something else than a file.
func ReadSmall(path string, limit int64) (string, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", &Fault{Kind: Malformed, Path: path, Msg: "it is no regular file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var b strings.Builder
	b.Grow(int(min(info.Size(), limit)))
	_, err = io.Copy(&b, io.LimitReader(f, limit+1))
	if err == nil && int64(b.Len()) > limit {
		return "", &Fault{Kind: Malformed, Path: path, Msg: "it is too large to be read"}
	}
	return b.String(), err
}
