package nixstore_test

import (
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixstore"
)

// Rule: a hash is 32 letters of Nix's base 32, which has no e, o, t and u, and a
// dash; nothing else is taken away.
func TestTrimHash(t *testing.T) {
	const hash = "0123456789abcdfghijklmnpqrsvwxyz" // each letter once
	for name, want := range map[string]string{
		hash + "-x-1.whl":                         "x-1.whl",
		hash + "-" + hash + "-x":                  hash + "-x",
		hash + "x":                                hash + "x",
		hash[1:] + "-x":                           hash[1:] + "-x",
		"x" + hash + "-x":                         "x" + hash + "-x",
		"x-" + hash + "-x":                        "x-" + hash + "-x",
		strings.ToUpper(hash) + "-x":              strings.ToUpper(hash) + "-x",
		strings.Repeat("e", 32) + "-x":            strings.Repeat("e", 32) + "-x",
		strings.Replace(hash, "a", "t", 1) + "-x": strings.Replace(hash, "a", "t", 1) + "-x",
		strings.Repeat("o", 32) + "-x":            strings.Repeat("o", 32) + "-x",
		strings.Repeat("u", 32) + "-x.whl":        strings.Repeat("u", 32) + "-x.whl",
		"numpy-1.0-cp311-cp311-linux_x.whl":       "numpy-1.0-cp311-cp311-linux_x.whl",
	} {
		if got := nixstore.TrimHash(name); got != want {
			t.Errorf("%q is %q; want %q", name, got, want)
		}
	}
}

// Rule: each hash that follows "/store/" becomes an ellipsis, in any store.
func TestElideHash(t *testing.T) {
	const hash = "0123456789abcdfghijklmnpqrsvwxyz"
	for text, want := range map[string]string{
		"/nix/store/" + hash + "-tbb-2021/lib":                "/nix/store/…-tbb-2021/lib",
		"/gnu/store/" + hash + "-x:/nix/store/" + hash + "-y": "/gnu/store/…-x:/nix/store/…-y",
		"/nix/store/tbb/lib":                                  "/nix/store/tbb/lib",
		"/lib/" + hash + "-tbb":                               "/lib/" + hash + "-tbb",
	} {
		if got := nixstore.ElideHash(text); got != want {
			t.Errorf("%q is %q; want %q", text, got, want)
		}
	}
}
