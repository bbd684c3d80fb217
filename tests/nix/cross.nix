# A wheel for aarch64, built on x86_64: its loader cannot run here, so the libraries are
# as they were read; with qemu-user among the inputs it is asked all the same.
self:
let
  inherit (self) pkgs;
  site = pkgs.python3.sitePackages;
  config = "aarch64-unknown-linux-gnu";
  crossed = self.shared pkgs.pkgsCross.aarch64-multiplatform;
  inherit (crossed.pkgs.stdenv.cc) bintools;
  gcc-lib = crossed.pkgs.stdenv.cc.cc;

  hook = crossed.pkgs.buildPackages.wheelAutoPatchHook;
  pyzmq = {
    pname = "pyzmq";
    src = self.wheel self.realWheels.pyzmq-aarch64;
    nativeBuildInputs = [ hook ];
  };
  drv = crossed.package pyzmq;
  says = args: crossed.failsAlone (pyzmq // { postPhases = "false"; } // args);
  looks =
    name: drv:
    pkgs.runCommandCC name { } ''
      for library in ${drv}/${site}/pyzmq.libs/libzmq-*.so.*; do
        readelf -h $library | grep AArch64
        readelf -d $library | grep -F '${gcc-lib}/${config}/lib'
      done
      touch $out
    '';
in
{
  cross-static = looks "cross-static" drv;
  # The hook is spliced: the program is this machine's, the libraries are the other's.
  cross-spliced = looks "cross-spliced" (
    crossed.package (pyzmq // { nativeBuildInputs = [ crossed.pkgs.wheelAutoPatchHook ]; })
  );
  cross-overlay = looks "cross-overlay" (
    (crossed.pkgs.appendOverlays [ (import ../../nix/overlay-build-python-package.nix) ])
    .python3Packages.buildPythonPackage
      (
        pyzmq
        // {
          version = "1.0";
          format = "wheel";
          nativeBuildInputs = [ ];
        }
      )
  );
  cross-static-check = says { } [
    "notice: loader-not-run: ld.so could not be run: "
    "the loader is ${crossed.pkgs.glibc}/lib/ld-linux-aarch64.so.1"
    "hint: to have it asked: nativeBuildInputs = [ buildPackages.qemu-user ];"
  ];
  # stdenvNoCC has no NIX_BINTOOLS: the hook's own word counts.
  cross-without-compiler =
    says
      {
        nativeBuildInputs = [
          (hook.override (old: {
            targetPackages = old.targetPackages // {
              stdenv.cc = { inherit bintools; };
            };
          }))
        ];
        preFixup = "unset NIX_BINTOOLS";
      }
      [
        "the loader is ${crossed.pkgs.glibc}/lib/ld-linux-aarch64.so.1"
      ];
  # The hint.
  cross-qemu = says {
    nativeBuildInputs = [
      hook
      pkgs.qemu-user
    ];
  } [ "the loader confirms 3 objects" ];
  # The static check is a check.
  cross-library-not-found =
    says { nativeBuildInputs = [ (hook.override { manylinuxPackages = [ ]; }) ]; }
      [
        "library-not-found: "
      ];
}
