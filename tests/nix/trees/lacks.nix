# What the trees that tests/nix/against was run on lack of Nixpkgs' names. Each stands for
# a package in an evaluation; none is built.
final: prev:
let
  stands =
    name:
    prev.${name} or (prev.stdenv.mkDerivation {
      inherit name;
      nativeBuildInputs = [ final.buildPackages.python3 ];
      dontUnpack = true;
    });
in
{
  pythonPackagesExtensions = prev.pythonPackagesExtensions or [ ];
  xorg = prev.xorg or { } // {
    libx11 = prev.xorg.libx11 or prev.xorg.libX11 or final.libX11;
  };
  pythonManylinuxPackages =
    prev.pythonManylinuxPackages or {
      manylinux2014 = [
        final.stdenv.cc.cc
        final.zlib
      ]
      # Of the ground, where a tree is built on its tools.
      ++ final.manylinuxOfGround or [ ];
    };
  autoAddDriverRunpath =
    prev.autoAddDriverRunpath or (prev.makeSetupHook {
      name = "auto-add-driver-runpath-hook";
    } ../ground/hooks/auto-add-driver-runpath.sh);
  testers = {
    testBuildFailure' = import ../ground/test-build-failure.nix {
      inherit (final) lib;
      inherit (final.testers) testBuildFailure;
      pkgs = final;
    };
  }
  // prev.testers;
  nix-update-script = _: [ ]; # that of a tree may name a program that it lacks
  libGL = stands "libGL";
  libxcb = stands "libxcb";
  libx11 = stands "libx11";
  qemu-user = stands "qemu-user";
  installShellFiles =
    prev.installShellFiles
      or (prev.makeSetupHook { name = "install-shell-files"; } (builtins.toFile "hook.sh" ""));
  # Of before 25.05, which took no function; or none.
  buildGoModule =
    f:
    let
      attrs = if final.lib.isFunction f then f (attrs // { finalPackage = package; }) else f;
      package =
        if prev ? buildGoModule then
          prev.buildGoModule attrs
        else
          prev.stdenv.mkDerivation {
            inherit (attrs) pname version meta;
            dontUnpack = true;
            passthru = attrs.passthru // {
              inherit (attrs) src;
            };
          };
    in
    package;
}
