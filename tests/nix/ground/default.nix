# A stand-in for Nixpkgs, called as it is called: `import ./ground { overlays = … }`.
# Its attributes have Nixpkgs' names; libraries and Python come from Debian
# packages in the folder WHEEL_AUTO_PATCH_GROUND, which tests/nix/inputs fills.
# With crossSystem it is three package sets, as there: what runs here, what runs here
# for the other platform, what runs there; inputs are spliced.
{
  system ? "x86_64-linux",
  crossSystem ? null,
  overlays ? [ ],
  config ? { },
  inputs ? builtins.getEnv "WHEEL_AUTO_PATCH_GROUND",
  ...
}:
let
  lib = import ./lib.nix;

  platform =
    config:
    let
      cpu = builtins.head (lib.splitString "-" config);
    in
    {
      inherit config;
      system = "${cpu}-linux";
      isLinux = true;
      isDarwin = false;
      libc = "glibc";
      canExecute = other: other.config == config;
    };
  here = platform "x86_64-unknown-linux-gnu";
  there = if crossSystem == null then here else platform crossSystem.config;

  # The package set that runs on `host` and whose compilers are for `target`. `near` are
  # the sets beside it: buildPackages, pkgsBuildBuild, targetPackages.
  base =
    {
      host,
      target,
      near,
    }:
    pkgs:
    let
      spliced =
        if host.config == here.config then
          pkgs
        else
          builtins.mapAttrs (
            name: value:
            if lib.isDerivation value && pkgs.buildPackages ? ${name} then
              value
              // {
                __spliced = {
                  buildHost = pkgs.buildPackages.${name};
                  hostTarget = value;
                };
              }
            else
              value
          ) pkgs;
      callPackage = lib.callPackageWith spliced;
      libs =
        import ./libs.nix { inherit lib pkgs inputs; }
        // lib.optionalAttrs (host.config != here.config) (
          import ./cross.nix {
            inherit pkgs;
            inherit (host) config;
          }
        );
      stdenvWith =
        defaultNativeBuildInputs:
        import ./stdenv.nix {
          inherit lib system defaultNativeBuildInputs;
          inherit (libs) initialPath cc;
          buildPlatform = here;
          hostPlatform = host;
          targetPlatform = target;
        };
      runWith =
        stdenv: name: env: buildCommand:
        stdenv.mkDerivation ({ inherit name buildCommand; } // env);
    in
    libs
    // {
      inherit
        lib
        system
        config
        callPackage
        ;
      isTestGround = true;
      inherit (near pkgs) buildPackages pkgsBuildBuild targetPackages;
      newScope = extra: lib.callPackageWith (spliced // extra);

      stdenv = stdenvWith [
        pkgs.bintools
        libs.cc
      ];
      stdenvNoCC = stdenvWith [ ];

      # The one has no compiler and no readelf, the other has.
      runCommand = runWith pkgs.stdenvNoCC;
      runCommandCC = runWith pkgs.stdenv;

      makeSetupHook =
        {
          name,
          propagatedBuildInputs ? [ ],
          propagatedNativeBuildInputs ? [ ],
          depsTargetTargetPropagated ? [ ],
          substitutions ? { },
          passthru ? { },
          meta ? { },
        }:
        script:
        pkgs.runCommand name
          (
            substitutions
            // {
              inherit
                propagatedBuildInputs
                propagatedNativeBuildInputs
                depsTargetTargetPropagated
                passthru
                meta
                ;
              strictDeps = true;
            }
          )
          ''
            mkdir -p $out/nix-support
            cp ${script} $out/nix-support/setup-hook
            recordPropagatedDependencies
            ${lib.optionalString (substitutions != { }) "substituteAll ${script} $out/nix-support/setup-hook"}
          '';

      # There is no Go here: what tests/nix/inputs built is handed in, and installed as
      # package.nix says.
      buildGoModule =
        f:
        pkgs.stdenv.mkDerivation (
          final:
          let
            args = f final;
          in
          assert builtins.isString args.vendorHash && args.env.CGO_ENABLED == 0;
          {
            inherit (args)
              pname
              version
              src
              meta
              postInstall
              doInstallCheck
              ;
            nativeBuildInputs = args.nativeBuildInputs ++ args.nativeInstallCheckInputs;
            dontUnpack = true;
            installPhase = ''
              mkdir $out
              cp -r ${/. + "${inputs}/program"}/bin $out/bin
              runHook postInstall
            '';
            passthru = {
              inherit (args) vendorHash;
              inherit args;
            }
            // args.passthru;
          }
        );
      versionCheckHook = pkgs.makeSetupHook { name = "version-check-hook"; } ./hooks/version-check.sh;
      nix-update-script = _: [ "nix-update" ];
      installShellFiles = pkgs.makeSetupHook {
        name = "install-shell-files";
      } ./hooks/install-shell-files.sh;
      mkShell =
        { inputsFrom, packages }:
        pkgs.runCommand "shell" { nativeBuildInputs = inputsFrom ++ packages; } "touch $out";
      # Tools that only the flake's lint and shell name: the host's, where it has them.
      inherit (pkgs.hostTools)
        go
        gofumpt
        nixfmt
        shellcheck
        shfmt
        ;

      # From the cache folder, by the name that PyPI gives the file.
      fetchPypi =
        {
          pname,
          version,
          format,
          dist,
          python,
          abi ? "none",
          platform,
          hash ? sha256,
          sha256 ? hash,
        }:
        assert format == "wheel" && dist == python;
        let
          name = "${
            builtins.replaceStrings [ "-" ] [ "_" ] pname
          }-${version}-${python}-${abi}-${platform}.whl";
        in
        builtins.path {
          inherit name sha256;
          path = /. + "${inputs}/../wheels/${name}";
          recursive = false;
        };

      testers = import ./testers.nix { inherit lib pkgs; };

      autoPatchelfHook = pkgs.makeSetupHook { name = "auto-patchelf-hook"; } ./hooks/auto-patchelf.sh;
      autoAddDriverRunpath = pkgs.makeSetupHook {
        name = "auto-add-driver-runpath-hook";
      } ./hooks/auto-add-driver-runpath.sh;

      pythonPackagesExtensions = [ ];
      pythonManylinuxPackages = libs.pythonManylinuxPackages or (import ./manylinux.nix pkgs);
      python311 = callPackage ./python.nix { inherit inputs; };
      python3 = pkgs.python311;
      python311Packages = pkgs.python311.pkgs;
      python3Packages = pkgs.python3.pkgs;
    };

  stages =
    overlays:
    let
      whole =
        args: lib.fix (lib.extends (lib.composeManyExtensions overlays) (pkgs: base args pkgs // again));
      again = {
        extend = overlay: stages (overlays ++ [ overlay ]);
        appendOverlays = more: stages (overlays ++ more);
        pkgsCross.aarch64-multiplatform = import ./. {
          inherit
            system
            overlays
            config
            inputs
            ;
          crossSystem.config = "aarch64-unknown-linux-gnu";
        };
      };
      build = whole {
        host = here;
        target = here;
        near = pkgs: {
          buildPackages = pkgs;
          pkgsBuildBuild = pkgs;
          targetPackages = pkgs;
        };
      };
      compilers = whole {
        host = here;
        target = there;
        near = _: {
          buildPackages = build;
          pkgsBuildBuild = build;
          targetPackages = cross;
        };
      };
      cross = whole {
        host = there;
        target = there;
        near = pkgs: {
          buildPackages = compilers;
          pkgsBuildBuild = build;
          targetPackages = pkgs;
        };
      };
    in
    if crossSystem == null then build else cross;
in
stages overlays
