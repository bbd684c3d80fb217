package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// completionCmd prints what a shell completes by: for bash see bash(1),
// "Programmable Completion".
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run is called by kong. The package installs what it prints.
func (c *completionCmd) Run() error {
	return writeCompletion(os.Stdout, c.Shell, newGrammar(newParser(new(CLI)).Model))
}

// A grammar is the command line as completions and the manual page show it.
type grammar struct {
	name, help string
	commands   []command
	shared     []flag
}

type command struct {
	name, help, usage string
	flags             []flag
	words             []string // what its argument may be; nil: files
}

type flag struct {
	long, help, value string // value is empty for a switch
	short             string
	words             []string
	file              bool
}

// newGrammar reads kong's model; hidden commands and flags are left out.
func newGrammar(app *kong.Application) grammar {
	g := grammar{name: app.Name, help: app.Help, shared: flagsOf(app.Node)}
	for _, node := range app.Leaves(true) {
		c := command{name: node.Name, help: node.Help, flags: flagsOf(node)}
		c.usage = strings.TrimPrefix(node.Summary(), node.Name+" ")
		for _, p := range node.Positional {
			if p.Enum != "" {
				c.words = p.EnumSlice()
			}
		}
		if node.Name == "reference" {
			for _, code := range problem.Codes() {
				c.words = append(c.words, string(code))
			}
		}
		g.commands = append(g.commands, c)
	}
	return g
}

func flagsOf(node *kong.Node) []flag {
	var out []flag
	for _, f := range node.Flags {
		if f.Hidden {
			continue
		}
		one := flag{long: f.Name, help: f.Help}
		if f.Short != 0 {
			one.short = string(f.Short)
		}
		if f.Negated {
			one.long = "no-" + f.Name
		}
		if f.Enum != "" {
			one.words = slices.Sorted(slices.Values(f.EnumSlice()))
		}
		if !f.IsBool() {
			one.value = f.FormatPlaceHolder()
			one.file = slices.Contains([]string{"FILE", "DIR", "PATH"}, one.value)
		}
		if f.Tag.Negatable != "" {
			// Only the other side of a switch that is on by default is worth a word.
			one.long, one.value = "no-"+f.Name, ""
			one.help = "Do not " + strings.ToLower(f.Help[:1]) + f.Help[1:]
		}
		out = append(out, one)
	}
	return out
}

func writeCompletion(w io.Writer, shell string, g grammar) error {
	var text string
	switch shell {
	case "bash":
		text = bashCompletion(g)
	case "zsh":
		text = zshCompletion(g)
	case "fish":
		text = fishCompletion(g)
	}
	_, err := io.WriteString(w, text)
	return err
}

// bashCompletion completes by a function that looks at the word before.
func bashCompletion(g grammar) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# bash completion of %s\n_wheel_auto_patch() {\n", g.name)
	b.WriteString(`  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd="" i flags words
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
`)
	fmt.Fprintf(&b, "      %s) cmd=${COMP_WORDS[i]}; break ;;\n", strings.Join(commandNames(g), " | "))
	b.WriteString("    esac\n  done\n  case $prev in\n")
	for _, f := range valueFlags(g) {
		if len(f.words) > 0 {
			fmt.Fprintf(&b, "    --%s) mapfile -t COMPREPLY < <(compgen -W %q -- \"$cur\"); return ;;\n", f.long, strings.Join(f.words, " "))
		} else if f.file {
			fmt.Fprintf(&b, "    --%s) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n", f.long)
		} else {
			fmt.Fprintf(&b, "    --%s) return ;;\n", f.long)
		}
	}
	fmt.Fprintf(&b, "  esac\n  flags=%q\n  case $cmd in\n", flagWords(g.shared))
	for _, c := range g.commands {
		fmt.Fprintf(&b, "    %s) flags+=%q; words=%q ;;\n", c.name, " "+flagWords(c.flags), strings.Join(c.words, " "))
	}
	fmt.Fprintf(&b, "    *) words=%q ;;\n  esac\n", strings.Join(commandNames(g), " "))
	b.WriteString(`  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
  elif [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -o filenames -F _wheel_auto_patch wheel-auto-patch
`)
	return b.String()
}

// valueFlags are all flags with a value, each name once.
func valueFlags(g grammar) []flag {
	byName := map[string]flag{}
	for _, c := range append([]command{{flags: g.shared}}, g.commands...) {
		for _, f := range c.flags {
			if f.value == "" {
				continue
			}
			known := byName[f.long]
			f.words = slices.Compact(slices.Sorted(slices.Values(append(known.words, f.words...))))
			byName[f.long] = f
		}
	}
	var out []flag
	for _, f := range byName {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b flag) int { return strings.Compare(a.long, b.long) })
	return out
}

func commandNames(g grammar) []string {
	var out []string
	for _, c := range g.commands {
		out = append(out, c.name)
	}
	return out
}

func flagWords(flags []flag) string {
	var out []string
	for _, f := range flags {
		out = append(out, "--"+f.long)
	}
	return strings.Join(out, " ")
}
