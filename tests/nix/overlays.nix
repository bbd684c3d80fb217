# The hook for whole package sets: Nixpkgs' Pythons, and pyproject.nix.
self:
let
  inherit (self) pkgs good;
  inherit (pkgs) lib;
  inherit (import ./toy/works.nix self) outside works;
  py = pkgs.python3Packages;
  hook = pkgs.wheelAutoPatchHook;
  src = (self.toy { }).file;
  site = py.python.sitePackages;

  # Its own python set with the overlays applied.
  overlaid = overlays: (pkgs.appendOverlays overlays).python3Packages;
  forAll = import ../../nix/overlay-build-python-package.nix;
  toyArgs = {
    pname = "toy";
    version = "1.0";
    format = "wheel";
    inherit src;
    dontWrapPythonPrograms = true;
  };
  hooksOf =
    drv:
    builtins.length (
      builtins.filter (input: lib.getName input == "wheel-auto-patch-hook") drv.nativeBuildInputs
    );
  isTrue =
    name: rule:
    pkgs.runCommand name { } (if rule then "touch $out" else "echo ${name} is false; exit 1");
in
{
  overlay-python-set = isTrue "overlay-python-set" (
    py.wheelAutoPatchHook.outPath == pkgs.wheelAutoPatchHook.outPath
  );
  overlay-build-python-package =
    let
      drv = (overlaid [ forAll ]).buildPythonPackage toyArgs;
    in
    good "overlay-build-python-package" drv (works drv);
  # glib, which the hook hands in, is built with a pure wheel: the overlay gives that one
  # a hook that needs no glib.
  overlay-in-the-closure-of-the-hook =
    let
      pure = final: prev: {
        glib = final.runCommand "glib-of-wheels" {
          nativeBuildInputs = [ final.python3Packages.six ];
        } "cp -r ${prev.glib} $out";
        pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [
          (pyfinal: _: {
            six = pyfinal.buildPythonPackage {
              pname = "six";
              version = "1.17.0";
              format = "wheel";
              src = self.wheel self.realWheels.six;
            };
          })
        ];
      };
      drv =
        (overlaid [
          forAll
          pure
        ]).buildPythonPackage
          toyArgs;
    in
    good "overlay-in-the-closure-of-the-hook" drv (works drv);
  overlay-names-hook-once = isTrue "overlay-names-hook-once" (
    let
      set = overlaid [ forAll ];
      count = args: hooksOf (set.buildPythonPackage (toyArgs // args));
    in
    map count [
      { }
      { nativeBuildInputs = [ hook ]; }
      { dontWheelAutoPatch = true; }
      {
        format = "other";
      }
    ] == [
      1
      1
      0
      0
    ]
    && hooksOf (set.buildPythonPackage (final: toyArgs)) == 1
    && hooksOf ((set.buildPythonPackage.override { inherit (pkgs) stdenv; }) toyArgs) == 1
  );
  # uv installs, dependencies are no inputs, autoPatchelfHook is there and would fail.
  overlay-pyproject =
    let
      set = final: {
        needs-toy = wheelOf "needing" final { toy = [ ]; } [ "${outside.outer}/lib/libouter.so.1" ];
        toy = wheelOf "toy" final { } [ ];
      };
      wheelOf =
        name: final: dependencies: needs:
        pkgs.stdenv.mkDerivation {
          pname = name;
          version = "1.0";
          src =
            (self.toy {
              inherit name needs;
              edit = if name == "toy" then "cp ${outside.outer}/lib/libouter.so.1 toy/" else "";
            }).file;
          nativeBuildInputs = [
            py.pyprojectWheelHook
            (pkgs.makeSetupHook { name = "auto-patchelf-hook"; } (
              builtins.toFile "fails.sh" "postFixupHooks+=(false)"
            ))
          ];
          passthru = {
            format = "wheel";
            inherit dependencies;
          };
        };
      final = lib.fix (lib.extends (import ../../nix/overlay-pyproject.nix pkgs) set);
      drv = final.needs-toy;
    in
    good "overlay-pyproject" drv ''
      test "$(PYTHONPATH=${drv}/${site} ${pkgs.python3.interpreter} -c 'import needing; print(needing.answer)')" = 42
      readelf -d ${drv}/${site}/needing/_toy.so | grep -F '${final.toy}/${site}/toy'
    '';
}
