# What a package set for another platform has of its own: Debian's cross C library and the
# libraries of its compiler, where a cross compiler of Nixpkgs has them. Its other
# libraries are this machine's, which nothing of that platform can load.
{ pkgs, config }:
let
  cpu = builtins.head (builtins.split "-" config);
  debian = "/usr/${cpu}-linux-gnu/lib";
  inherit (pkgs.pkgsBuildBuild) runCommand;
in
rec {
  gcc-unwrapped = runCommand "gcc-${cpu}-lib" { } ''
    mkdir -p $out/${config}/lib
    cp -L ${debian}/lib{gcc_s,stdc++}.so.* $out/${config}/lib/
  '';
  glibc = runCommand "glibc-${cpu}" { } ''
    mkdir $out
    cp -rL ${debian} $out/lib
    chmod u+w $out/lib
    rm $out/lib/lib{gcc_s,stdc++}.so.*
  '';
  bintools = runCommand "bintools-${cpu}" { } ''
    mkdir -p $out/nix-support
    echo ${glibc} >$out/nix-support/orig-libc
    echo ${glibc}/lib/ld-linux-${cpu}.so.1 >$out/nix-support/dynamic-linker
    echo "export NIX_BINTOOLS=$out" >$out/nix-support/setup-hook
  '';
  cc = runCommand "gcc-wrapper-${cpu}" {
    passthru = {
      inherit bintools;
      cc = gcc-unwrapped;
      libc = glibc;
    };
  } "mkdir $out";

  # Debian's loader searches /lib by default, not its own folder: the C library is here, too.
  pythonManylinuxPackages = rec {
    manylinux1 = manylinux2014;
    manylinux2010 = manylinux2014;
    manylinux2014 = [
      gcc-unwrapped
      glibc
    ];
  };
}
