package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// LargeObject links a library that needs libm and has the contents of a file in
// its .rodata, as libcublasLt.so has: its string table lies before them, its
// dynamic section after them.
func LargeObject(library, rodata string) error {
	if strings.ContainsAny(rodata, "\"\\\n") {
		return fmt.Errorf("%q cannot be named in an assembler file", rodata)
	}
	source := library + ".s"
	defer os.Remove(source)
	code := ".section .note.GNU-stack,\"\",@progbits\n.section .rodata\n.incbin \"" + rodata + "\"\n"
	if err := os.WriteFile(source, []byte(code), 0o666); err != nil {
		return err
	}
	cmd := exec.Command("gcc", "-shared", "-nostartfiles", "-Wl,--no-as-needed", "-o", library, source, "-lm")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	return nil
}
