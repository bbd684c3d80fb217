# Every package with `format = "wheel"`, of every Python, gets wheelAutoPatchHook
# without naming it. A package opts out with `dontWheelAutoPatch = true`. Used after
# overlay.nix.
final: prev:
let
  inherit (final) lib;

  wantsHook = attrs: attrs.format or null == "wheel" && !(attrs.dontWheelAutoPatch or false);
  isHook = input: lib.isDerivation input && lib.getName input == "wheel-auto-patch-hook";

  # The tag of a pure wheel promises no library from outside. Without those the hook
  # needs no Python package; glib, one of them, is built with tools of Python, which may
  # be pure wheels.
  isPure = attrs: lib.hasSuffix "-any.whl" (attrs.src.name or (toString attrs.src or ""));
  pureHook = final.callPackage ./hook.nix { manylinuxPackages = [ ]; };
  hookFor = attrs: if isPure attrs then pureHook else final.wheelAutoPatchHook;

  withHook =
    attrs:
    let
      inputs = attrs.nativeBuildInputs or [ ];
    in
    if wantsHook attrs && !builtins.any isHook inputs then
      attrs // { nativeBuildInputs = inputs ++ [ (hookFor attrs) ]; }
    else
      attrs;

  # buildPythonPackage takes attributes or a function from finalAttrs to them; it can
  # be overridden, and the result must be like it in all of this.
  wrap =
    build:
    let
      wrapped =
        args: build (if lib.isFunction args then final': withHook (args final') else withHook args);
    in
    lib.mirrorFunctionArgs build wrapped
    // lib.optionalAttrs (build ? override) { override = new: wrap (build.override new); };
in
{
  pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [
    (_: pyprev: {
      buildPythonPackage = wrap pyprev.buildPythonPackage;
      buildPythonApplication = wrap pyprev.buildPythonApplication;
    })
  ];
}
