module github.com/wheel-auto-patch/wheel-auto-patch

go 1.25.0

require (
	github.com/alecthomas/kong v1.17.0
	github.com/u-root/u-root v0.16.0
	golang.org/x/sync v0.22.0
	golang.org/x/sys v0.47.0
)

require (
	golang.org/x/term v0.37.0
	golang.org/x/text v0.41.0
)

require (
	github.com/google/go-cmp v0.7.0
	github.com/klauspost/compress v1.20.3
	github.com/vbauerster/mpb/v8 v8.9.3
)

require (
	github.com/VividCortex/ewma v1.2.0 // indirect
	github.com/acarl005/stripansi v0.0.0-20180116102854-5a71ef0e047d // indirect
	github.com/mattn/go-runewidth v0.0.16 // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
)

require (
	github.com/rogpeppe/go-internal v1.15.0
	golang.org/x/tools v0.48.0 // indirect
)
