# The package of the expression that README begins with, as it stands there.
pythonPackages:
let
  blocks = builtins.split "```(nix)?\n" (builtins.readFile ../../README.md);
in
pythonPackages.callPackage (builtins.toFile "package.nix" (builtins.elemAt blocks 2)) { }
