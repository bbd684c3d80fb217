# wheel-auto-patch and wheelAutoPatchHook in pkgs and in every Python's package set,
# so that both `nativeBuildInputs = [ wheelAutoPatchHook ]` of pkgs.callPackage and
# of python3Packages.callPackage find it.
final: prev: {
  wheel-auto-patch = final.callPackage ./package.nix { };
  wheelAutoPatchHook = final.callPackage ./hook.nix {
    inherit (import ../tests/nix { pkgs = final; }) tests;
  };
  pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [
    (_: _: { inherit (final) wheelAutoPatchHook; })
  ];
}
