# The toy wheel, built in some way, and what must work then.
self:
let
  inherit (self) pkgs good package;
  site = pkgs.python3.sitePackages;
in
rec {
  outside = import ./outer.nix self;

  # The module works, the program runs, the script says the number.
  works = drv: ''
    test "$(PYTHONPATH=${drv}/${site} ${pkgs.python3.interpreter} -c 'import toy; print(toy.answer)')" = 42
    ${drv}/bin/toy-tool | grep -q '^1\.'
    test "$(PYTHONPATH=${drv}/${site} ${drv}/bin/toy-say)" = 42
  '';
  built =
    args:
    let
      drv = package args;
    in
    good "toy-built" drv (works drv);

  # A plugin's library is nowhere and may be: the rest works.
  ignoring =
    args:
    let
      drv = package (
        {
          src = outside.needing.file;
          wheelAutoPatchIgnoreMissingDeps = [ "libouter.so.*" ];
        }
        // args
      );
    in
    pkgs.runCommandCC "globs-are-values" { } ''
      ${works drv}
      { ${self.loader} --list ${drv}/${site}/toy/use.so 2>&1 || true; } | grep libouter.so.1
      touch $out
    '';
}
