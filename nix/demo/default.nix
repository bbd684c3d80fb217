# The demo's derivations: a wheel file built with the hook and nothing else, and a
# report on what was built; README's expression, and a use of it. `inputs` are attributes of
# Nixpkgs, split at blanks; `ignored` libraries that may be missing; `withheld` names manylinux libraries to take away.
{
  file,
  sha256 ? null,
  inputs ? "",
  ignored ? [ ],
  withheld ? "",
  pkgs ? import ../../tests/nix/ground { overlays = [ (import ../overlay.nix) ]; },
}:
let
  inherit (pkgs) lib;
  words = lib.splitString "-" (baseNameOf file);

  manylinux = builtins.filter (
    package: lib.getName package != withheld
  ) pkgs.pythonManylinuxPackages.manylinux2014;
  hook =
    if withheld == "" then
      pkgs.wheelAutoPatchHook
    else
      pkgs.wheelAutoPatchHook.override { manylinuxPackages = manylinux; };
in
rec {
  package = pkgs.python3Packages.buildPythonPackage {
    pname = builtins.head words;
    version = builtins.elemAt words 1;
    format = "wheel";
    src = builtins.path (
      {
        path = /. + file;
        name = baseNameOf file;
        recursive = false;
      }
      // lib.optionalAttrs (sha256 != null) { inherit sha256; }
    );
    nativeBuildInputs = [ hook ];
    wheelAutoPatchIgnoreMissingDeps = ignored;
    buildInputs = map pkgs.fromDebian (builtins.filter (word: word != "") (lib.splitString " " inputs));
    dontWrapPythonPrograms = true;
    # The request's wheel has a module for Python 3.7 alone; its libraries are what is shown.
    wheelAutoPatchAnyPython = builtins.match ".*-cp37-cp37m-.*" (baseNameOf file) != null;
  };

  # README's first expression, built and used.
  first = import ./readme.nix pkgs.python3Packages;
  used = pkgs.runCommand "used" { } ''
    export PYTHONPATH=${first}/${pkgs.python3.sitePackages}
    ${pkgs.python3.interpreter} ${./use.py} >$out
  '';

  report = pkgs.runCommandCC "report" { nativeBuildInputs = [ pkgs.wheel-auto-patch ]; } ''
    ${pkgs.python3.interpreter} ${./report.py} ${package} ${package.dist}/*.whl \
      "$(<${pkgs.stdenv.cc.bintools}/nix-support/dynamic-linker)" \
      ${lib.concatMapStringsSep " " lib.escapeShellArg ignored} >$out
  '';
}
