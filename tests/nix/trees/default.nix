# tests/nix on a tree like Nixpkgs: with the stdenv of its own, to be evaluated, or on the
# tools of the test ground, to be built as well.
{
  tree,
  own ? false,
  only ? null,
}:
let
  with' =
    overlays:
    if own then
      import tree {
        localSystem.system = "x86_64-linux";
        overlays = [ (import ./lacks.nix) ] ++ overlays;
      }
    else
      import ./mixed.nix { inherit tree overlays; };
  pkgs = with' [ (import ../../../nix/overlay.nix) ];

  # The package where the tree has its own packages, put there by tests/nix/by-name.
  package = (with' [ ]).wheel-auto-patch;
  byName = {
    by-name = package;
    by-name-wheel = package.tests.wheel;
    by-name-library-not-found = package.tests.library-not-found;
  };
  tests = (import ../. { inherit pkgs; }).tests // byName;
  names = if only == null then builtins.attrNames tests else only;

  # What a tree itself may be unable to do: without its probe, these tests say nothing of us.
  cannot = {
    fail-structured = {
      probe = pkgs.testers.testBuildFailure (
        pkgs.runCommand "fails" { __structuredAttrs = true; } "exit 1"
      );
      reason = "its testers.testBuildFailure takes no derivation with __structuredAttrs";
      tests = [ "says-library-opened-by-name-structured" ];
    };
    function = {
      probe = pkgs.python3Packages.buildPythonPackage (_: {
        pname = "function";
        version = "1";
        format = "other";
        dontUnpack = true;
        installPhase = "mkdir $out";
      });
      reason = "its buildPythonPackage takes no function";
      tests = [ "docs-evaluate" ];
    };
    glib = {
      probe = pkgs.glib;
      reason = "its glib, which is no input of ours, is not there";
      tests = [ "hook-no-gui" ];
    };
  };
in
{
  inherit pkgs tests cannot;
  names = builtins.concatStringsSep " " (builtins.attrNames tests);
  probes = builtins.concatStringsSep " " (builtins.attrNames cannot);
  # A line "NAME REASON" for each test of a probe.
  without = builtins.mapAttrs (
    _: { reason, tests, ... }: builtins.concatStringsSep "\n" (map (test: "${test} ${reason}") tests)
  ) cannot;
  # A line "NAME DRV OUT" for each.
  list = builtins.concatStringsSep "\n" (
    map (name: "${name} ${tests.${name}.drvPath} ${tests.${name}.outPath}") names
  );
}
