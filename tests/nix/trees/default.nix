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
in
{
  inherit pkgs tests;
  names = builtins.concatStringsSep " " (builtins.attrNames tests);
  # A line "NAME DRV OUT" for each.
  list = builtins.concatStringsSep "\n" (
    map (name: "${name} ${tests.${name}.drvPath} ${tests.${name}.outPath}") names
  );
}
