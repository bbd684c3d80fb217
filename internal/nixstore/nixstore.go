// Package nixstore knows what names in a Nix store look like: the chapter "Store
// Path Specification" of the Nix manual. A name is 20 bytes of a hash in Nix's
// base 32, a dash, and what the derivation calls it. Everything else about a
// store, such as where it lies, is left out.
//
// Package wheel finds the name of a wheel by it, messages shorten store paths.
package nixstore

import "github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"

// A hash is 32 letters and digits, of which Nix leaves out e, o, t and u.
const hash = `[0-9a-df-np-sv-z]{32}-`

var (
	atStart = lazyregexp.New(`^` + hash)
	inPath  = lazyregexp.New(`(/store/)` + hash)
)

// TrimHash returns the name of a file without the hash that a store put before
// it.
func TrimHash(name string) string { return atStart.ReplaceAllString(name, "") }

// ElideHash returns text with an ellipsis in the place of each hash of a store
// path.
func ElideHash(text string) string { return inPath.ReplaceAllString(text, "${1}…-") }
