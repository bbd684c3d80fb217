# testers.testBuildFailure and testBuildFailure' of the Nixpkgs manual, "Testers":
# a build that must fail is itself a build that succeeds.
{ lib, pkgs }:
rec {
  testBuildFailure =
    drv:
    drv.overrideAttrs (prev: {
      builder = "/bin/bash";
      args = [
        ./expect-failure.sh
        (prev.builder or "/bin/bash")
      ]
      ++ prev.args or [
        "-e"
        "${./stdenv}/builder.sh"
      ];
    });

  testBuildFailure' = import ./test-build-failure.nix { inherit lib pkgs testBuildFailure; };
}
