# The hook beside each other hook that edits or checks what a wheel installed.
self:
let
  inherit (self) pkgs good package;
  inherit (import ./toy/works.nix self) works;
  hook = pkgs.wheelAutoPatchHook;
  site = pkgs.python3.sitePackages;

  # With another hook, in either order: the wheel works, and check says what the other
  # one did.
  beside =
    other: args: check:
    let
      one = order: package ({ nativeBuildInputs = order; } // args);
      first = one [
        hook
        other
      ];
      last = one [
        other
        hook
      ];
    in
    good "beside" first (
      works first
      + check first
      + ''
        ${pkgs.python3.interpreter} ${./toy/check.py} ${self.loader} ${last}
      ''
      + works last
      + check last
    );
in
{
  # It fails by itself where a library is missing.
  beside-auto-patchelf = beside pkgs.autoPatchelfHook { buildInputs = [ pkgs.zlib ]; } (_: "");
  beside-driver-runpath = beside pkgs.autoAddDriverRunpath { } (drv: ''
    readelf -d ${drv}/${site}/toy/_toy.so | grep -F '[/run/opengl-driver/lib:'
  '');
  beside-relax-deps =
    let
      drv = package {
        # Nixpkgs before 24.05 does not add it by itself.
        nativeBuildInputs = [
          hook
          pkgs.python3Packages.pythonRelaxDepsHook
        ];
        pythonRelaxDeps = [ "six" ];
      };
    in
    good "beside-relax-deps" drv (
      works drv + "grep -x 'Requires-Dist: six' ${drv}/${site}/toy-1.0.dist-info/METADATA"
    );
  beside-imports-check = beside pkgs.python3Packages.pythonImportsCheckHook {
    pythonImportsCheck = [ "toy" ];
  } (_: "");
}
