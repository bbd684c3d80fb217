# The libraries of the manylinux profiles, as Nixpkgs packages. Their names changed
# there in 2025 (xorg.libX11 became libx11); both are known.
pkgs:
let
  x11 = new: old: pkgs.${new} or pkgs.xorg.${old};
in
[
  pkgs.stdenv.cc.cc # libstdc++, libgcc_s, libgomp
  pkgs.zlib
  pkgs.expat
  (x11 "libx11" "libX11")
  (x11 "libxext" "libXext")
  (x11 "libxrender" "libXrender")
  (x11 "libice" "libICE")
  (x11 "libsm" "libSM")
  pkgs.libGL
  pkgs.glib
]
