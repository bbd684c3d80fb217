# tests/nix on a tree like Nixpkgs: with the stdenv of its own, to be evaluated, or on the
# tools of the test ground, to be built as well.
{
  tree,
  own ? false,
  only ? null,
}:
let
  overlays = [ (import ../../../nix/overlay.nix) ];
  pkgs =
    if own then
      import tree {
        localSystem.system = "x86_64-linux";
        overlays = [ (import ./lacks.nix) ] ++ overlays;
      }
    else
      import ./mixed.nix { inherit tree overlays; };
  inherit (import ../. { inherit pkgs; }) tests;
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
