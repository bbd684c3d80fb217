# A tree like Nixpkgs whose packages are built: its lib, its setup.sh, its setup hooks and
# its builders for Python, on the tools and libraries of the test ground, for the files
# that its own stdenv starts from cannot be had.
{
  tree,
  overlays ? [ ],
  config ? { },
  # crossSystem and the like: what needs a compiler of the tree's own cannot be had.
  ...
}:
let
  ground = import ../ground { };
  generic =
    if builtins.pathExists (tree + "/stdenv/generic") then
      tree + "/stdenv/generic"
    else
      tree + "/pkgs/stdenv/generic";

  # With what the tree's own strip and shrink-rpath ask for.
  bintools =
    ground.runCommand "bintools-2.40-with-ranlib" { } ''
      mkdir $out
      cp -r ${ground.bintools}/. $out
      chmod -R u+w $out
      ln -s /usr/bin/ranlib $out/bin/
      echo "export NIX_BINTOOLS=$out STRIP=strip RANLIB=ranlib READELF=readelf OBJCOPY=objcopy" >$out/nix-support/setup-hook
    ''
    // {
      isGNU = true;
    };
  cc =
    ground.runCommand "gcc-wrapper-12-with-cc" { } ''
      mkdir -p $out/bin
      cp ${ground.cc}/bin/gcc $out/bin/gcc
      ln -s gcc $out/bin/cc
    ''
    // {
      inherit (ground.cc) cc;
      inherit bintools;
      libc = like ground.glibc;
      isGNU = true;
      isClang = false;
      targetPrefix = "";
      nativeTools = false;
      nativeLibc = false;
      version = "12";
    };

  # shrink-rpath, which comes with the package patchelf.
  patchelfHook = builtins.head (
    builtins.filter builtins.pathExists (
      map (path: tree + path) [
        "/pkgs/patchelf/setup-hook.sh"
        "/pkgs/by-name/pa/patchelf/setup-hook.sh"
        "/pkgs/development/tools/misc/patchelf/setup-hook.sh"
      ]
    )
  );

  stages =
    {
      localSystem,
      config,
      overlays,
      ...
    }:
    [
      (_: {
        inherit config overlays;
        stdenv = import generic {
          name = "stdenv-of-ground";
          inherit config cc;
          initialPath = [ ground.manyTools ];
          extraNativeBuildInputs = [
            bintools
            ground.patchelf
            patchelfHook
          ];
          shell = "/bin/bash";
          fetchurlBoot = throw "nothing is fetched here";
          buildPlatform = localSystem;
          hostPlatform = localSystem;
          targetPlatform = localSystem;
        };
      })
    ];

  # A package of the ground with what the tree's own files ask of one.
  like =
    package:
    package
    // {
      override = _: like package;
      overrideAttrs = _: like package;
      dev = package;
      lib = package;
      bin = package;
      pname = (builtins.parseDrvName package.name).name;
      inherit (builtins.parseDrvName package.name) version;
      meta.mainProgram = package.name;
    };
  likes = builtins.mapAttrs (_: like) {
    inherit (ground)
      glibc
      zlib
      expat
      libffi
      pcre2
      libbsd
      libuuid
      libxau
      libxdmcp
      libxcb
      libx11
      libxext
      libxrender
      libice
      libsm
      libglvnd
      libGL
      glib
      patchelf
      unzip
      bash
      qemu-user
      ;
    inherit (ground.xorg)
      libX11
      libXext
      libXrender
      libICE
      libSM
      ;
    runtimeShellPackage = ground.bash;
    coreutils = ground.manyTools;
    findutils = ground.manyTools;
    gnused = ground.manyTools;
    gnugrep = ground.manyTools;
    gawk = ground.manyTools;
    gnutar = ground.manyTools;
    gzip = ground.manyTools;
    xz = ground.manyTools;
    file = ground.manyTools;
    jq = ground.jq;
    ugrep = ground.manyTools;
    bintools = bintools;
    uv = ground.python3.pkgs.buildTools.uv;
    inherit (ground) ncurses5 libxcrypt;
  };

  base =
    final: prev:
    likes
    // {
      xorg = prev.xorg or { } // likes;
      manylinuxOfGround = (import ../ground/manylinux.nix final).manylinux2014;
      inherit (ground) fetchPypi;
      runtimeShell = "/bin/bash";
      # The tree's own wants an `env --argv0`, which these tools do not have.
      versionCheckHook = final.makeSetupHook {
        name = "version-check-hook";
      } ../ground/hooks/version-check.sh;

      # Built outside, as on the ground; installed by the tree's own installShellFiles.
      buildGoModule =
        f:
        final.stdenv.mkDerivation (
          self:
          let
            args = if final.lib.isFunction f then f self else f;
          in
          {
            inherit (args)
              pname
              version
              meta
              nativeBuildInputs
              postInstall
              doInstallCheck
              nativeInstallCheckInputs
              ;
            dontUnpack = true;
            installPhase = ''
              mkdir $out
              cp -r ${ground.program}/bin $out/bin
              chmod -R u+w $out
              runHook postInstall
            '';
            passthru = args.passthru // {
              inherit (args) src;
            };
          }
        );

      # The interpreter of the ground with the passthru of the tree's: its package set, its
      # hooks, its setup hook.
      python311 =
        final.runCommandCC "python3-3.11.2"
          {
            passthru = prev.python311.passthru // {
              override = _: final.python311;
              # With the build tools, whatever is asked for.
              withPackages =
                _:
                final.runCommand "python3-env" { } ''
                  mkdir -p $out/bin
                  for name in python python3; do
                    printf '#!/bin/bash\nPYTHONPATH=%s exec %s "$@"\n' \
                      ${ground.python3.pkgs.buildTools}/${ground.python3.sitePackages} \
                      ${ground.python3.interpreter} >$out/bin/$name
                  done
                  chmod +x $out/bin/*
                '';
            };
            setupHook = prev.python311.setupHook or "${ground.python3}/nix-support/setup-hook";
            inherit (prev.python311) meta version;
          }
          ''
            cp -r ${ground.python3} $out
            chmod -R u+w $out
            sed 's|${ground.python3}|'$out'|g' $setupHook >$out/nix-support/setup-hook
          '';
      python3 = final.python311;
      python311Packages = final.python311.pkgs;
      python3Packages = final.python311.pkgs;

      pythonPackagesExtensions = prev.pythonPackagesExtensions or [ ] ++ [
        (
          pyfinal: pyprev:
          let
            tools = pyfinal.toPythonModule (
              final.runCommand "python3.11-build-tools" { } "cp -r ${ground.python3.pkgs.buildTools} $out"
            );
          in
          {
            build = tools;
            installer = tools;
            packaging = tools;
            wheel = tools;
          }
        )
      ];
    };
in
import tree {
  inherit config;
  localSystem = {
    system = "x86_64-linux";
  };
  overlays = [
    base
    (import ./lacks.nix)
  ]
  ++ overlays;
  stdenvStages = stages;
}
