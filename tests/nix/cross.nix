# A wheel for aarch64, built on x86_64: its loader cannot run here, so the libraries are
# as they were read; with qemu-user among the inputs it is asked all the same.
self:
let
  inherit (self) pkgs;
  site = pkgs.python3.sitePackages;

  # Debian's cross C library is the other platform's stdenv; its compiler's libraries lie
  # where a cross compiler of Nixpkgs has them.
  config = "aarch64-unknown-linux-gnu";
  gcc-lib = pkgs.runCommand "gcc-aarch64-lib" { } ''
    mkdir -p $out/${config}/lib
    cp -L /usr/aarch64-linux-gnu/lib/lib{gcc_s,stdc++}.so.* $out/${config}/lib/
  '';
  bintools = pkgs.runCommand "bintools-aarch64" { } ''
    mkdir -p $out/nix-support $out/libc
    cp -rL /usr/aarch64-linux-gnu/lib $out/libc/lib
    chmod u+w $out/libc/lib
    rm $out/libc/lib/lib{gcc_s,stdc++}.so.*
    echo $out/libc >$out/nix-support/orig-libc
    echo $out/libc/lib/ld-linux-aarch64.so.1 >$out/nix-support/dynamic-linker
  '';
  hook = pkgs.wheelAutoPatchHook.override {
    stdenv = pkgs.stdenv // {
      targetPlatform = pkgs.stdenv.hostPlatform // {
        inherit config;
        system = "aarch64-linux";
      };
    };
    # Debian's loader searches /lib by default, not its own folder.
    manylinuxPackages = [
      gcc-lib
      "${bintools}/libc"
    ];
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
  cross-static = pkgs.runCommandCC "cross-static" { } ''
    for library in ${drv}/${site}/pyzmq.libs/libzmq-*.so.*; do
      readelf -h $library | grep AArch64
      readelf -d $library | grep -F '${gcc-lib}/${config}/lib'
    done
    touch $out
  '';
  cross-static-check = says { } [
    "notice: loader-not-run: ld.so could not be run: "
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
