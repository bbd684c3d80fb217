# A stand-in for Nixpkgs, called as it is called: `import ./ground { overlays = … }`.
# Its attributes have Nixpkgs' names; libraries and Python come from Debian
# packages in the folder WHEEL_AUTO_PATCH_GROUND, which tests/nix/inputs fills.
{
  system ? "x86_64-linux",
  overlays ? [ ],
  config ? { },
  inputs ? builtins.getEnv "WHEEL_AUTO_PATCH_GROUND",
  ...
}:
let
  lib = import ./lib.nix;

  base =
    pkgs:
    let
      callPackage = lib.callPackageWith pkgs;
      libs = import ./libs.nix { inherit lib pkgs inputs; };
      stdenvWith =
        defaultNativeBuildInputs:
        import ./stdenv.nix {
          inherit lib system defaultNativeBuildInputs;
          inherit (libs) initialPath cc;
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
      targetPackages = pkgs;
      buildPackages = pkgs;
      newScope = extra: lib.callPackageWith (pkgs // extra);

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
        {
          pname,
          version,
          src,
          vendorHash,
          meta,
          subPackages,
          ldflags,
          env,
          doCheck,
          nativeBuildInputs,
          postInstall,
          overrideModAttrs,
        }@args:
        assert builtins.isString vendorHash && env.CGO_ENABLED == 0;
        pkgs.stdenv.mkDerivation {
          inherit
            pname
            version
            meta
            nativeBuildInputs
            postInstall
            ;
          dontUnpack = true;
          installPhase = ''
            mkdir $out
            cp -r ${/. + "${inputs}/program"}/bin $out/bin
            runHook postInstall
          '';
          passthru = { inherit vendorHash args; };
        };
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
      pythonManylinuxPackages = import ./manylinux.nix pkgs;
      python311 = callPackage ./python.nix { inherit inputs; };
      python3 = pkgs.python311;
      python311Packages = pkgs.python311.pkgs;
      python3Packages = pkgs.python3.pkgs;
    };

  extend =
    overlays:
    lib.fix (lib.extends (lib.composeManyExtensions overlays) base)
    // {
      extend = overlay: extend (overlays ++ [ overlay ]);
      appendOverlays = more: extend (overlays ++ more);
    };
in
extend overlays
