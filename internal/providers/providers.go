// Package providers knows which Nix attribute supplies which library.
package providers

// A Provider is one way to supply a library in Nix.
type Provider struct {
	// Attr is the attribute of nixpkgs, for example "libGL" or
	// "stdenv.cc.cc.lib"; empty where nixpkgs has none.
	Attr string
	// Note says what to watch for; it may be empty.
	Note string
}
