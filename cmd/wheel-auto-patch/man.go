package main

import (
	"fmt"
	"os"
	"strings"
)

// manCmd prints the manual page (man(7)).
type manCmd struct{}

// Run is called by kong. The package installs what it prints.
func (c *manCmd) Run() error {
	_, err := os.Stdout.WriteString(manPage(newGrammar(newParser(new(CLI)).Model), version))
	return err
}

// versionCmd prints the version, as --version does.
type versionCmd struct{}

// Run is called by kong.
func (c *versionCmd) Run() error {
	_, err := fmt.Println(version)
	return err
}

// manPage is wheel-auto-patch(1) in the language of man(7).
func manPage(g grammar, version string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH WHEEL-AUTO-PATCH 1 \"\" \"wheel-auto-patch %s\"\n", roff(version))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- make binary Python wheels work in Nix\n", roff(g.name))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\nCOMMAND [FLAG...] [ARGUMENT...]\n", roff(g.name))
	b.WriteString(`.SH DESCRIPTION
Verifies the RECORD of Python wheels, sets ELF interpreters and RUNPATH so that
every library is found, and proves with the dynamic loader that nothing is "not
found". In Nix the setup hook wheelAutoPatchHook calls it.
.SH COMMANDS
`)
	for _, c := range g.commands {
		fmt.Fprintf(&b, ".SS %s %s\n%s\n", roff(c.name), roff(c.usage), roff(c.help))
		writeFlags(&b, c.flags)
	}
	b.WriteString(".SH FLAGS OF EVERY COMMAND\n")
	writeFlags(&b, g.shared)
	b.WriteString(`.SH EXIT STATUS
.TP
0
done
.TP
1
problems of severity error were found and printed
.TP
2
could not run: a tool is missing, an input cannot be read
.TP
80
wrong usage
.SH ENVIRONMENT
.TP
NIX_BINTOOLS
where the default of \-\-interpreter is looked up
.TP
NIX_STORE
the store, else /nix/store
.TP
NO_COLOR, TERM=dumb, CI
no colours; no progress
.SH SEE ALSO
.BR ld.so (8),
.BR patchelf (1),
.BR nix-locate (1)
.PP
`)
	b.WriteString("The page of a problem code: " + roff(g.name) + " reference CODE\n")
	return b.String()
}

func writeFlags(b *strings.Builder, flags []flag) {
	for _, f := range flags {
		name := `\fB` + roff("--"+f.long) + `\fR`
		if f.short != "" {
			name = `\fB` + roff("-"+f.short) + `\fR, ` + name
		}
		if len(f.words) > 0 {
			name += `=\fI` + roff(strings.Join(f.words, "|")) + `\fR`
		} else if f.value != "" {
			name += `=\fI` + roff(f.value) + `\fR`
		}
		fmt.Fprintf(b, ".TP\n%s\n%s\n", name, roff(f.help))
	}
}

// roff escapes what the formatter would take for itself.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ").Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
