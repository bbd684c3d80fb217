# A wheel for aarch64, built on x86_64: its loader cannot run here, so the libraries are
# as they were read; with qemu-user among the inputs it is asked all the same.
self:
let
  inherit (self) pkgs;
  site = pkgs.python3.sitePackages;

  # Debian's cross C library is the other platform's stdenv.
  bintools = pkgs.runCommand "bintools-aarch64" { } ''
    mkdir -p $out/nix-support $out/libc
    cp -rL /usr/aarch64-linux-gnu/lib $out/libc/lib
    echo $out/libc >$out/nix-support/orig-libc
    echo $out/libc/lib/ld-linux-aarch64.so.1 >$out/nix-support/dynamic-linker
  '';
  hook = pkgs.wheelAutoPatchHook.override {
    stdenv = pkgs.stdenv // {
      targetPlatform = pkgs.stdenv.hostPlatform // {
        system = "aarch64-linux";
      };
    };
    manylinuxPackages = [ "${bintools}/libc" ];
  };
  pyzmq = {
    pname = "pyzmq";
    src = self.wheel self.realWheels.pyzmq-aarch64;
    nativeBuildInputs = [ hook ];
    # As the cross compiler's own setup hook does.
    preFixup = "NIX_BINTOOLS=${bintools}";
  };
  drv = self.package pyzmq;
  says = args: self.failsAlone (pyzmq // { postPhases = "false"; } // args);
in
{
  cross-static = pkgs.runCommand "cross-static" { } ''
    for module in ${drv}/${site}/zmq/backend/cython/_zmq*.so; do
      readelf -h $module | grep AArch64
      readelf -d $module | grep -F '${bintools}/libc/lib'
    done
    touch $out
  '';
  cross-static-check = says { } [
    "notice: loader-not-run: the loader was not asked"
    "the loader is ${bintools}/libc/lib/ld-linux-aarch64.so.1"
    "hint: to have it asked: nativeBuildInputs = [ buildPackages.qemu-user ];"
  ];
  # stdenvNoCC has no NIX_BINTOOLS: the hook's own word counts.
  cross-without-compiler =
    says
      {
        nativeBuildInputs = [ (hook.override { targetPackages.stdenv.cc = { inherit bintools; }; }) ];
        preFixup = "unset NIX_BINTOOLS";
      }
      [
        "the loader is ${bintools}/libc/lib/ld-linux-aarch64.so.1"
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
