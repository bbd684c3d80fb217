# Every package with `format = "wheel"`, of every Python, gets wheelAutoPatchHook
# without naming it. A package opts out with `dontWheelAutoPatch = true`. Used after
# overlay.nix.
final: prev:
let
  inherit (final) lib;

  wantsHook = attrs: attrs.format or null == "wheel" && !(attrs.dontWheelAutoPatch or false);
  isHook = input: lib.isDerivation input && lib.getName input == "wheel-auto-patch-hook";

  withHook =
    hook: attrs:
    let
      inputs = attrs.nativeBuildInputs or [ ];
    in
    if wantsHook attrs && !builtins.any isHook inputs then
      attrs // { nativeBuildInputs = inputs ++ [ hook ]; }
    else
      attrs;

  # buildPythonPackage takes attributes or a function from finalAttrs to them; it can
  # be overridden, and the result must be like it in all of this.
  wrap =
    hook: build:
    let
      wrapped =
        args:
        build (if lib.isFunction args then final': withHook hook (args final') else withHook hook args);
    in
    lib.mirrorFunctionArgs build wrapped
    // lib.optionalAttrs (build ? override) { override = new: wrap hook (build.override new); };
in
{
  pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [
    (pyfinal: pyprev: {
      buildPythonPackage = wrap final.wheelAutoPatchHook pyprev.buildPythonPackage;
      buildPythonApplication = wrap final.wheelAutoPatchHook pyprev.buildPythonApplication;
    })
  ];
}
