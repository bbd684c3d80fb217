package record

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// oneLine and threeLines say what a header may be, by other means than parseHeader.
var (
	oneLine    = regexp.MustCompile(`\A#!(/usr/bin/env )?[^ \s]*(python|pypy|graalpy)[0-9.a-z-]*( .*)?\z`)
	threeLines = regexp.MustCompile(`\A#!/bin/sh\n'''exec' ("[^"'$\\]*"|'[^'\\]*'|[^ "'$;&|<>()]*) "\$0" "\$@"\n' '''\z`)
)

// Rule: what is taken for a script of the wheel is a header of one line, or the three of
// distlib, and then the rest of the wheel's script, byte for byte; in whatever pieces it
// is read.
func FuzzScriptHeader(f *testing.F) {
	for _, s := range [][2]string{
		{"#!python\nx\n", "#!/usr/bin/python3\nx\n"},
		{"#!python -E\nx", "#!/usr/bin/python3 -E\nx"},
		{"#!pythonw\n", "#!/usr/bin/env python3\n"},
		{"#!python\r\nx", "#!/usr/bin/pypy3.10\nx"},
		{"#!python\nx", "#!/bin/sh\n'''exec' \"/a b/python3\" \"$0\" \"$@\"\n' '''\nx"},
		{"#!python\nx", "#!/bin/sh\n'''exec' '/a b/python3' \"$0\" \"$@\"\n' '''\nx"},
		{"#!python\n' '''\nx", "#!/bin/sh\n'''exec' /bin/python \"$0\" \"$@\"\n' '''\nx"},
		{"#!python", "#!/bin/sh"},
		{"", ""},
	} {
		f.Add(s[0], s[1], uint8(1))
		f.Add(s[0], s[1], uint8(200))
	}
	f.Fuzz(func(t *testing.T, wheel, installed string, piece uint8) {
		read := func(kind headerKind, text string, piece int) script {
			r := restHash{kind: kind}
			for b := []byte(text); len(b) > 0; b = b[min(piece, len(b)):] {
				r.write(bytes.Clone(b[:min(piece, len(b))]))
			}
			h, sum := r.sum()
			return script{h.args, sum}
		}
		from, to := read(wheelHeader, wheel, len(wheel)), read(installedHeader, installed, len(installed))
		if read(wheelHeader, wheel, int(piece)+1) != from || read(installedHeader, installed, int(piece)+1) != to {
			t.Fatal("it depends on the pieces")
		}
		if !to.installedFrom(from) {
			return
		}
		first, rest, _ := strings.Cut(wheel, "\n")
		head, same := strings.CutSuffix(installed, rest)
		head, ended := strings.CutSuffix(head, "\n")
		switch {
		case !strings.HasPrefix(first, "#!python") || !same || !ended:
		case strings.ContainsAny(head, "\r\x00\t"):
		case threeLines.MatchString(head) && strings.Count(head, "\n") == 2:
			return
		case oneLine.MatchString(head) && !strings.Contains(head, "\n"):
			if _, args, given := strings.Cut(strings.TrimPrefix(head, "#!/usr/bin/env "), " "); !given || strings.HasSuffix(first, " "+args) {
				return
			}
		}
		t.Fatalf("%q is taken for %q", installed, wheel)
	})
}
