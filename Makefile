# Each command works as the first one on a fresh Debian machine with Go: what it
# lacks is installed as root, and named with the apt-get line otherwise.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help build deps test demo bench corpus lint fmt fuzz clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-6s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the static program, in bin/
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/ ./cmd/wheel-auto-patch

deps: ## Debian packages that the other commands need
	@tests/deps

test: deps ## everything: lint, Go tests, fuzz targets, Nix builds
	@tests/run

demo: ## a real wheel through a real nix build; WHEEL=path or NAME==VERSION, INPUTS="libxcb …"
	@tests/deps demo
	@nix/demo/run '$(WHEEL)' '$(INPUTS)'

bench: deps ## time and memory against patchelf, sha256sum and unzip, as ratios
	@go run ./tests/bench

corpus: deps ## hundreds of real wheels, by hand: hours; goes on where it stopped; writes docs/wheels.md
	@/usr/bin/python3 -B tests/corpus/corpus.py $(ARGS)

lint: deps ## gofumpt, vet, staticcheck, shellcheck, shfmt, nixfmt
	@tests/lint

fmt: deps ## format Go, shell and Nix
	@bash -c '. tests/tools.sh; gofumpt -w . && shell_files | xargs -r -d "\n" shfmt -i 2 -w && mapfile -t f < <(nix_files) && nixfmt "$${f[@]}"'

fuzz: deps ## every fuzz target for FUZZTIME (default 20s)
	@tests/fuzz

clean: ## remove what was built
	rm -rf bin
