module github.com/wheel-auto-patch/wheel-auto-patch

go 1.25.0

// The program.
require (
	github.com/CycloneDX/cyclonedx-go v0.12.0
	github.com/alecthomas/kong v1.17.0
	github.com/klauspost/compress v1.20.4
	github.com/u-root/u-root v0.16.0
	github.com/vbauerster/mpb/v8 v8.15.2 // v8.16.2 needs go 1.26
	golang.org/x/sync v0.22.0 // v0.23.0 needs go 1.26
	golang.org/x/sys v0.47.0 // v0.48.0 needs go 1.26
	golang.org/x/term v0.45.0 // v0.46.0 needs go 1.26
	golang.org/x/text v0.41.0 // v0.42.0 needs go 1.26
)

// Its tests.
require (
	github.com/google/go-cmp v0.7.0
	github.com/rogpeppe/go-internal v1.16.0
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
)

require (
	github.com/VividCortex/ewma v1.2.0 // indirect
	github.com/acarl005/stripansi v0.0.0-20180116102854-5a71ef0e047d // indirect
	github.com/clipperhouse/uax29/v2 v2.7.0 // indirect
	github.com/mattn/go-runewidth v0.0.31 // indirect
	github.com/vbauerster/cupwriter v0.0.4 // indirect; v0.0.5 needs go 1.26
	golang.org/x/tools v0.49.0 // indirect; v0.50.0 needs go 1.26
)

require (
	github.com/owenrumney/go-sarif/v3 v3.3.1
	github.com/xeipuuv/gojsonpointer v0.0.0-20180127040702-4e3ac2762d5f // indirect
	github.com/xeipuuv/gojsonreference v0.0.0-20180127040603-bd5ef7bd5415 // indirect
	github.com/xeipuuv/gojsonschema v1.2.0 // indirect
)

require gopkg.in/yaml.v3 v3.0.1
