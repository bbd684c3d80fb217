# A wheel that opens libraries by name, built with the hook and used on a display. `overlay` is
# what explain printed for it, `name` the package in that and the script that uses it, `inputs`
# are attributes of Nixpkgs, split at blanks, `appended` those whose lib folder every RUNPATH has.
{
  name,
  overlay,
  inputs ? "",
  appended ? "",
}:
let
  pkgs = import ../ground {
    overlays = [
      (import ../../../nix/overlay.nix)
      (import overlay)
    ];
  };
  inherit (pkgs) lib;
  python = pkgs.python3;
  given = text: map pkgs.fromDebian (builtins.filter (word: word != "") (lib.splitString " " text));

in
rec {
  package = pkgs.python3Packages.${name}.overrideAttrs (old: {
    buildInputs = old.buildInputs or [ ] ++ given inputs;
    appendRunpaths = map (package: "${package}/lib") (given appended);
    dontWrapPythonPrograms = true;
  });
  used = pkgs.runCommand "used" { } ''
    export HOME=$TMPDIR PYTHONPATH=${package}/${python.sitePackages}
    /usr/bin/mkfifo number
    exec 5<>number
    PATH=/usr/bin:/bin Xvfb -displayfd 5 -nolisten tcp 2>xvfb.log &
    read -r -t 30 -u 5 number || { cat xvfb.log; exit 1; }
    export DISPLAY=:$number
    ${python.interpreter} ${./. + "/${name}.py"} | tee $out
    kill %1
  '';
}
