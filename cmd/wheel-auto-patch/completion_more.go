package main

import (
	"fmt"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// zshCompletion completes by _arguments (zshcompsys(1)).
func zshCompletion(g grammar) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n\n_wheel_auto_patch() {\n  local context state state_descr line\n  typeset -A opt_args\n  _arguments -C \\\n", g.name)
	for _, f := range g.shared {
		fmt.Fprintf(&b, "    %s \\\n", zshFlag(f))
	}
	b.WriteString("    '1: :->command' '*:: :->argument'\n  case $state in\n    command)\n      local -a commands=(\n")
	for _, c := range g.commands {
		fmt.Fprintf(&b, "        %s\n", words.Shell(c.name+":"+c.help))
	}
	b.WriteString("      )\n      _describe command commands ;;\n    argument)\n      case $words[1] in\n")
	for _, c := range g.commands {
		fmt.Fprintf(&b, "        %s)\n          _arguments \\\n", c.name)
		for _, f := range append(c.flags, g.shared...) {
			fmt.Fprintf(&b, "            %s \\\n", zshFlag(f))
		}
		action := "_files"
		if len(c.words) > 0 {
			action = "(" + strings.Join(c.words, " ") + ")"
		}
		fmt.Fprintf(&b, "            %s ;;\n", words.Shell("*:argument:"+action))
	}
	b.WriteString("      esac ;;\n  esac\n}\n\nif [ \"$funcstack[1]\" = _wheel_auto_patch ]; then\n  _wheel_auto_patch \"$@\"\nelse\n  compdef _wheel_auto_patch wheel-auto-patch\nfi\n")
	return b.String()
}

// zshFlag is one flag as _arguments takes it.
func zshFlag(f flag) string {
	help := strings.NewReplacer("[", "(", "]", ")", ":", "").Replace(f.help)
	spec := "*--" + f.long
	if f.value != "" {
		spec += "="
	}
	spec += "[" + help + "]"
	switch {
	case f.value == "":
	case len(f.words) > 0:
		spec += ":value:(" + strings.Join(f.words, " ") + ")"
	case f.file:
		spec += ":value:_files"
	default:
		spec += ":value: "
	}
	return words.Shell(spec)
}

// fishCompletion completes by complete(1).
func fishCompletion(g grammar) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# fish completion of %s\n", g.name)
	none := "not __fish_seen_subcommand_from " + strings.Join(commandNames(g), " ")
	for _, c := range g.commands {
		fmt.Fprintf(&b, "complete -c %s -f -n %s -a %s -d %s\n", g.name, words.Shell(none), c.name, words.Shell(c.help))
	}
	for _, f := range g.shared {
		b.WriteString(fishFlag(g.name, "", f))
	}
	for _, c := range g.commands {
		seen := "__fish_seen_subcommand_from " + c.name
		for _, f := range c.flags {
			b.WriteString(fishFlag(g.name, seen, f))
		}
		if len(c.words) > 0 {
			fmt.Fprintf(&b, "complete -c %s -f -n %s -a %s\n", g.name, words.Shell(seen), words.Shell(strings.Join(c.words, " ")))
		}
	}
	return b.String()
}

func fishFlag(name, condition string, f flag) string {
	line := "complete -c " + name
	if condition != "" {
		line += " -n " + words.Shell(condition)
	}
	line += " -l " + f.long
	if f.short != "" {
		line += " -s " + f.short
	}
	switch {
	case f.value == "":
	case len(f.words) > 0:
		line += " -x -a " + words.Shell(strings.Join(f.words, " "))
	case f.file:
		line += " -r -F"
	default:
		line += " -x"
	}
	return line + " -d " + words.Shell(f.help) + "\n"
}
