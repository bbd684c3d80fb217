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
      ];
    };
  libGL = stands "libGL";
  libxcb = stands "libxcb";
  libx11 = stands "libx11";
  qemu-user = stands "qemu-user";
  installShellFiles =
    prev.installShellFiles
      or (prev.makeSetupHook { name = "install-shell-files"; } (builtins.toFile "hook.sh" ""));
  buildGoModule =
    prev.buildGoModule or (
      args:
      prev.stdenv.mkDerivation {
        inherit (args) pname version meta;
        dontUnpack = true;
      }
    );
}
