# Every package with `format = "wheel"`, of every Python, gets wheelAutoPatchHook
# without naming it. A package opts out with `dontWheelAutoPatch = true`. Used after
# overlay.nix.
#
# The hook comes with wheelUnpackHook, which buildPythonPackage adds by itself where the
# format is "wheel". So it is there or not as what is built says at last, whatever
# overridePythonAttrs and overrideAttrs have changed on the way.
final: prev:
let
  inherit (final) lib;

  # The libraries of the manylinux profiles are built with tools of Python (glib is), which
  # may be wheels. These would need the hook, and it them: it is built from the same
  # package set without this overlay.
  without = final.extend (_: _: { wheelAutoPatchForAll = false; });
  isOff = !(final.wheelAutoPatchForAll or true);

  # extend returns the last stage of a cross build; an overlay is applied to each.
  platforms = set: [
    (set.stdenv.hostPlatform.config or null)
    (set.stdenv.targetPlatform.config or null)
  ];
  stage = lib.findFirst (set: platforms set == platforms final) without [
    without
    without.buildPackages
    without.pkgsBuildBuild
  ];

  withHook =
    unpack:
    (unpack.__spliced.buildHost or unpack).overrideAttrs (old: {
      propagatedBuildInputs = old.propagatedBuildInputs or [ ] ++ [
        final.buildPackages.wheelAutoPatchHook
      ];
    });

  wrap =
    build:
    if build ? override then
      build.override (args: {
        wheelUnpackHook = withHook args.wheelUnpackHook;
      })
    else
      outside build;

  # Nixpkgs before 25.05: its buildPythonPackage has no override, and takes no function.
  outside =
    build:
    let
      isWheel = args: args.pyproject or null == null && args.format or null == "wheel";
      add =
        args:
        args
        // lib.optionalAttrs (isWheel args) {
          nativeBuildInputs = args.nativeBuildInputs or [ ] ++ [ final.buildPackages.wheelAutoPatchHook ];
        };
      like =
        args: package:
        package
        // {
          overridePythonAttrs = new: wrapped (args // (if lib.isFunction new then new args else new));
          overrideAttrs = new: like args (package.overrideAttrs new);
        };
      wrapped = lib.mirrorFunctionArgs build (args: like args (build (add args)));
    in
    wrapped;
in
{
  wheelAutoPatchHook = if isOff then prev.wheelAutoPatchHook else stage.wheelAutoPatchHook;
  pythonPackagesExtensions =
    prev.pythonPackagesExtensions
    ++ lib.optional (!isOff) (
      _: pyprev: {
        buildPythonPackage = wrap pyprev.buildPythonPackage;
        buildPythonApplication = wrap pyprev.buildPythonApplication;
      }
    );
}
