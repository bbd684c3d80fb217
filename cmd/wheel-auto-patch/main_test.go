package main

import (
	"bytes"
	"testing"

	"github.com/alecthomas/kong"
)

// Rule: a parser of one command helps, and takes a command line, as that of all does.
func TestOneCommandIsParsedAsAll(t *testing.T) {
	for _, node := range newParser(new(CLI)).Model.Children {
		args := []string{node.Name, "--help"}
		one := commandOf(args)
		if one == nil {
			t.Fatalf("%s: no command", node.Name)
		}
		got, want := helpOf(t, newParser(one), args), helpOf(t, newParser(new(CLI)), args)
		if got != want || got == "" {
			t.Errorf("%s\n%s\nwant\n%s", node.Name, got, want)
		}
	}
	for _, first := range []string{"", "--version", "printversion", "print-version", "verif", "help"} {
		if one := commandOf([]string{first}); one != nil {
			t.Errorf("%q is a command: %T", first, one)
		}
	}
}

// helpOf returns what a parser prints before it exits.
func helpOf(t *testing.T, parser *kong.Kong, args []string) (said string) {
	t.Helper()
	var out bytes.Buffer
	parser.Stdout, parser.Stderr = &out, &out
	parser.Exit = func(int) { panic(parser) }
	defer func() {
		if recover() != parser {
			t.Errorf("%q does not exit", args)
		}
		said = out.String()
	}()
	_, err := parser.Parse(args)
	t.Errorf("%q: %v", args, err)
	return ""
}
