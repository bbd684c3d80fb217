package tree

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
)

// placedMark stands before the file name in the text of a symbolic link that patch has
// placed. It changes nothing about where the link leads, and says whose link it is,
// whatever RECORD says: nobody else writes a path so.
const placedMark = "/./"

// PlacedText returns the text of a link that patch places and that leads to the
// absolute path target.
func PlacedText(target string) string {
	dir, name := filepath.Split(filepath.Clean(target))
	return strings.TrimSuffix(dir, "/") + placedMark + name
}

// PlacedTarget returns where a link of this text leads, if it is one that patch has
// placed.
func PlacedTarget(text string) (target string, ok bool) {
	target = filepath.Clean(text)
	return target, filepath.IsAbs(text) && PlacedText(target) == text
}

// IsDriverLink reports whether a link of this text is one that patch has placed, to where a
// library of the graphics driver is when a program runs. RECORD cannot list it.
func IsDriverLink(text string) bool {
	target, ok := PlacedTarget(text)
	return ok && filepath.Dir(target) == providers.DriverDir && providers.IsDriver(filepath.Base(target))
}

// readPlaced returns where a link leads that patch has placed in a root, "" for any other.
func readPlaced(roots Roots, path string) string {
	text, err := os.Readlink(path)
	if err != nil {
		return ""
	}
	target, ok := PlacedTarget(text)
	if !ok || roots.Of(target) != nil {
		return ""
	}
	return target
}
