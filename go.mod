module github.com/wheel-auto-patch/wheel-auto-patch

go 1.25.0

require github.com/alecthomas/kong v1.17.0
