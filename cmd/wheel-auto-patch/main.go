// Wheel-auto-patch makes binary Python wheels run under Nix: it verifies
// RECORD, sets ELF interpreters and RUNPATHs, and proves with the dynamic
// loader that nothing is "not found".
package main

import (
	"context"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = "dev"

// newParser returns the parser of a command line: new(CLI) or a part of it.
func newParser(grammar any) *kong.Kong {
	return kong.Must(grammar, append(mappers(),
		kong.Name("wheel-auto-patch"),
		kong.Description("Verify, patch and explain binary Python wheels for Nix."),
		kong.ShortUsageOnError(),
		kong.Vars{"version": version, "layout": string(defaultLayout)},
	)...)
}

// parse reads the command line. Kong takes four milliseconds to read all of CLI, which is
// most of what a short run takes: so it gets the one command that is called. What is wrong
// is said by the whole.
func parse(args []string) (*kong.Kong, *kong.Context, error) {
	if one := commandOf(args); one != nil {
		parser := newParser(one)
		if kctx, err := parser.Parse(args); err == nil {
			return parser, kctx, nil
		}
	}
	parser := newParser(new(CLI))
	kctx, err := parser.Parse(args)
	return parser, kctx, err
}

// commandOf returns a new CLI that has the command of args alone, or nil where the first of
// them is no command.
func commandOf(args []string) any {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	whole := reflect.TypeFor[CLI]()
	command, ok := whole.FieldByNameFunc(func(name string) bool {
		return strings.EqualFold(name, strings.ReplaceAll(args[0], "-", ""))
	})
	version, _ := whole.FieldByName("PrintVersion")
	if _, isCommand := command.Tag.Lookup("cmd"); !ok || !isCommand {
		return nil
	}
	return reflect.New(reflect.StructOf([]reflect.StructField{command, version})).Interface()
}

func main() {
	collectLate()
	parser, kctx, err := parse(os.Args[1:])
	if err != nil {
		parser.Stdout = os.Stderr // usage that nobody asked for is no result
	}
	parser.FatalIfErrorf(err)
	// An interrupted run puts back what it has edited.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	kctx.BindTo(ctx, (*context.Context)(nil))
	status := exitStatus(kctx.Run())
	stop()
	os.Exit(status)
}
