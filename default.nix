# The flake's attributes without flakes:
#
#   nix-build -A wheel-auto-patch
#   nix-build -A wheelAutoPatchHook
#   import ./. { inherit pkgs; }
{
  pkgs ? import <nixpkgs> { },
}:
let
  extended = pkgs.extend overlays.default;
  overlays = {
    default = import ./nix/overlay.nix;
    buildPythonPackage = import ./nix/overlay-build-python-package.nix;
    # For package sets of pyproject.nix and uv2nix.
    pyproject = final: prev: import ./nix/overlay-pyproject.nix prev.pkgs final prev;
  };
in
{
  inherit (extended) wheel-auto-patch wheelAutoPatchHook;
  inherit overlays;
  checks =
    import ./nix/checks.nix { pkgs = extended; } // (import ./tests/nix { pkgs = extended; }).tests;
}
