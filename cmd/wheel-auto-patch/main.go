// Wheel-auto-patch makes binary Python wheels run under Nix: it verifies
// RECORD, sets ELF interpreters and RUNPATHs, and proves with the dynamic
// loader that nothing is "not found".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = "dev"

// newParser returns the parser of the command line.
func newParser() *kong.Kong {
	return kong.Must(new(CLI), append(mappers(),
		kong.Name("wheel-auto-patch"),
		kong.Description("Verify, patch and explain binary Python wheels for Nix."),
		kong.ShortUsageOnError(),
		kong.Vars{"version": version, "layout": string(defaultLayout)},
	)...)
}

func main() {
	parser := newParser()
	kctx, err := parser.Parse(os.Args[1:])
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
