# wheel-auto-patch, wheelAutoPatchHook and wheelAutoPatchNoGuiHook in pkgs, the hooks in
# every Python's package set as well, so that both `nativeBuildInputs = [ wheelAutoPatchHook ]` of pkgs.callPackage and
# of python3Packages.callPackage find it.
final: prev: {
  wheel-auto-patch = final.callPackage ./package.nix { };
  wheelAutoPatchHook = final.callPackage ./hook.nix { };
  # Hands in no X11, GL and glib: most wheels need none, and their builds none of those.
  wheelAutoPatchNoGuiHook = final.callPackage ./hook.nix {
    manylinuxPackages = [
      final.targetPackages.stdenv.cc.cc
      final.targetPackages.zlib
      final.targetPackages.expat
    ];
  };
  pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [
    (_: _: { inherit (final) wheelAutoPatchHook wheelAutoPatchNoGuiHook; })
  ];
}
