module github.com/wheel-auto-patch/wheel-auto-patch

go 1.25.0

require github.com/alecthomas/kong v1.17.0

require (
	github.com/rogpeppe/go-internal v1.15.0
	golang.org/x/sys v0.26.0 // indirect
	golang.org/x/tools v0.26.0 // indirect
)
