# The libraries that a manylinux tag lets a wheel expect (PEP 513 to 600), under
# the names of Nixpkgs' pythonManylinuxPackages.
pkgs:
let
  all = [
    pkgs.stdenv.cc.cc
    pkgs.zlib
    pkgs.expat
    pkgs.libx11
    pkgs.libxext
    pkgs.libxrender
    pkgs.libice
    pkgs.libsm
    pkgs.libGL
    pkgs.glib
  ];
in
{
  manylinux1 = all ++ [
    pkgs.libxcrypt
    pkgs.ncurses5
  ];
  manylinux2010 = all;
  manylinux2014 = all;
}
