# What `nix flake check` builds beside tests/nix: the program with its tests, the
# script tests among them, and the linters.
{ pkgs }:
let
  inherit (pkgs) lib;
  source = ../.;
in
{
  package = pkgs.wheel-auto-patch;

  go-tests = pkgs.wheel-auto-patch.overrideAttrs (prev: {
    name = "wheel-auto-patch-go-tests";
    src = source;
    doCheck = true;
    nativeCheckInputs = [
      pkgs.patchelf
      pkgs.unzip
    ];
    # The packages whose tests need neither a network nor the host's own loader.
    checkPhase = ''
      go test ./cmd/... ./internal/{nixstore,plan,pool,problem,progress,providers,supply,symver,wheel,words}
    '';
  });

  lint =
    pkgs.runCommand "wheel-auto-patch-lint"
      {
        nativeBuildInputs = [
          pkgs.shellcheck
          pkgs.shfmt
          pkgs.go
        ];
      }
      ''
        cd ${source}
        files=$(grep -rlE --include='*' '^#!.*(ba)?sh$|^# shellcheck shell=bash' hook nix tests .ci)
        shellcheck --external-sources $files
        shfmt -i 2 -d $files
        test -z "$(gofmt -l cmd internal tests)"
        touch $out
      '';
}
