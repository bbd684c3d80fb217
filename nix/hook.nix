# wheelAutoPatchHook (Nixpkgs manual, "makeSetupHook"). The hook runs on the build
# platform for wheels of the target platform: as a member of nativeBuildInputs its
# own "target" is what the derivation calls host.
{
  lib,
  stdenv,
  makeSetupHook,
  patchelf,
  wheel-auto-patch,
  targetPackages,
  fetchPypi,
  python3Packages,
  testers,
  # What a manylinux tag lets a wheel expect from outside (PEP 513 to 600). Only what
  # a wheel uses becomes a reference of it.
  manylinuxPackages ? targetPackages.pythonManylinuxPackages.manylinux2014,
  maintainers ? [ ],
}@args:
let
  patchesElf = stdenv.targetPlatform.isLinux;
  hook = makeSetupHook {
    name = "wheel-auto-patch-hook";
    propagatedBuildInputs = [ wheel-auto-patch ] ++ lib.optional patchesElf patchelf;
    substitutions = {
      program = "${wheel-auto-patch}/bin/wheel-auto-patch";
      patchelf = lib.optionalString patchesElf "${patchelf}/bin/patchelf";
      bintools = lib.optionalString patchesElf "${targetPackages.stdenv.cc.bintools}";
      manylinuxPackages = lib.optionalString patchesElf (
        lib.concatMapStringsSep " " (package: "${lib.getLib package}") manylinuxPackages
      );
      patchesElf = lib.optionalString patchesElf "1";
      runs = lib.optionalString (stdenv.hostPlatform.canExecute stdenv.targetPlatform) "1";
      inherit (stdenv.targetPlatform) config;
    };
    passthru = {
      inherit wheel-auto-patch manylinuxPackages;
      tests = import ./tests.nix {
        inherit
          lib
          stdenv
          fetchPypi
          python3Packages
          testers
          hook
          ;
        bare = import ./hook.nix (args // { manylinuxPackages = [ ]; });
      };
      provides.setupHook = true; # or Python's package sets refuse it
    };
    meta = {
      description = "Setup hook that verifies, patches and checks binary Python wheels";
      homepage = "https://github.com/wheel-auto-patch/wheel-auto-patch";
      license = lib.licenses.mit;
      inherit maintainers;
      platforms = lib.platforms.linux ++ lib.platforms.darwin;
    };
  } "${wheel-auto-patch.src}/hook/wheel-auto-patch-hook.sh";
in
hook
