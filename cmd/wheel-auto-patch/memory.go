package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// slack is how many bytes the heap may grow to before the first collection, and what it may
// hold beyond its usual bound after it: most runs end before, and one that needs a little more
// is not stopped again and again.
const slack = 32 << 20

// ballast counts as live for the collector. No page of it is touched, so it is no memory.
//
//lint:ignore U1000 nobody reads what is there to be counted
var ballast []byte

// collectLate sets the collector to that. With GOGC set the user decides.
func collectLate() {
	if os.Getenv("GOGC") != "" {
		return
	}
	usual := debug.SetGCPercent(100 * slack / (4 << 20))  // of the least heap, 4 MiB
	runtime.SetFinalizer(new([16]byte), func(*[16]byte) { // the first collection is done
		ballast = make([]byte, slack)
		debug.SetGCPercent(usual)
	})
}
