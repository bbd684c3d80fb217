package ldso

import (
	"debug/elf"
	"fmt"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

func (c *Case) objects(text string) error {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		e := Entry{Path: words[0]}
		var err error
		switch {
		case len(words) == 3 && words[1] == "->":
			e.Link = words[2]
		case len(words) == 3 && words[1] == "==":
			e.Hard = words[2]
		case len(words) == 2 && words[1] == "dir":
			e.Dir = true
		case len(words) > 1 && strings.HasPrefix(words[1], "text="):
			_, rest, _ := strings.Cut(line, "text=")
			rest = strings.TrimSuffix(rest, "\n")
			e.Text = &rest
		default:
			e.Object, err = object(words[1:], c.Loader.Interpreter)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
		c.Entries = append(c.Entries, e)
	}
	return nil
}

func object(words []string, interp string) (*elfobj.Object, error) {
	o := &elfobj.Object{
		Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, Type: elf.ET_DYN, Dynamic: true,
	}
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "interp":
			o.Interp = interp
			o.PIE = true
		case "needed":
			o.Needed = append(o.Needed, strings.Split(value, ",")...)
		case "filter", "auxiliary":
			o.Filters = append(o.Filters, elfobj.Filter{Name: value, Auxiliary: key == "auxiliary", Before: len(o.Needed)})
		case "soname":
			o.Soname = value
		case "rpath":
			o.Rpath = strings.Split(value, ":")
		case "runpath":
			o.Runpath = strings.Split(value, ":")
		case "verdef":
			o.Verdef, o.HasVerdef = strings.Split(value, ","), true
		case "verneed":
			o.Verneed = verneed(value)
		case "nodeflib":
			o.NoDefLib = true
		case "pie":
			o.PIE = true
		case "static":
			o.Dynamic = false
		default:
			if err := kind(o, w); err != nil {
				return nil, err
			}
		}
	}
	return o, nil
}

func kind(o *elfobj.Object, word string) error {
	switch word {
	case "class=32":
		o.Class, o.Machine = elf.ELFCLASS32, elf.EM_386
	case "machine=aarch64":
		o.Machine = elf.EM_AARCH64
	case "data=big":
		o.Data = elf.ELFDATA2MSB
	case "os=freebsd":
		o.OSABI = elf.ELFOSABI_FREEBSD
	case "type=exec":
		o.Type, o.PIE = elf.ET_EXEC, false
	case "type=rel":
		o.Type, o.Dynamic = elf.ET_REL, false
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

func verneed(value string) (needs []elfobj.Verneed) {
	for _, lib := range strings.Split(value, ",") {
		words := strings.Split(lib, ":")
		n := elfobj.Verneed{File: words[0]}
		for _, v := range words[1:] {
			name, weak := strings.CutSuffix(v, "?")
			n.Versions = append(n.Versions, elfobj.Version{Name: name, Weak: weak})
		}
		needs = append(needs, n)
	}
	return needs
}
