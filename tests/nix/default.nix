# Real builds with the hook. Each attribute is a derivation that builds when its
# rule holds. `pkgs` is the test ground, or a Nixpkgs with overlay.nix applied.
{
  pkgs ? import ./ground { overlays = [ (import ../../nix/overlay.nix) ]; },
}:
let
  inherit (pkgs) lib;
  pins = import ./pins.nix;
  # What the files below share, for a package set.
  shared =
    pkgs:
    let
      self = {
        inherit pkgs shared;
        toy = import ./toy { inherit pkgs; };
        loader = "$(<${pkgs.stdenv.cc.bintools}/nix-support/dynamic-linker)";

        # A pinned wheel of tests/wheels/wheels.tsv, from its file name.
        wheel =
          file:
          let
            part = builtins.elemAt (lib.splitString "-" (lib.removeSuffix ".whl" file));
          in
          pkgs.fetchPypi {
            pname = part 0;
            version = part 1;
            format = "wheel";
            dist = part 2;
            python = part 2;
            abi = part 3;
            platform = part 4;
            sha256 = pins.${file};
          };

        # The wheels by name; a short name where one project has several.
        realWheels = import ./real-wheels.nix;

        # A build that must fail, whatever it leaves.
        failsAlone =
          args: entries:
          pkgs.testers.testBuildFailure' {
            drv = self.package args;
            expectedBuilderLogEntries = entries;
          }
          // {
            expects = entries;
          };

        # A wheel built with the hook and nothing else; more or other attributes by args.
        package =
          args:
          pkgs.python3Packages.buildPythonPackage (
            {
              pname = "toy";
              version = "1.0";
              format = "wheel";
              src = (self.toy { }).file;
              nativeBuildInputs = [ pkgs.wheelAutoPatchHook ];
              dontWrapPythonPrograms = true;
            }
            // args
          );

        # Build it and look: check.py over its outputs, then script.
        good =
          name: drv: script:
          pkgs.runCommandCC name { } ''
            ${pkgs.python3.interpreter} ${./toy/check.py} ${self.loader} ${
              lib.concatMapStringsSep " " (out: "${drv.${out}}") (
                builtins.filter (out: out != "dist" && out != "debug") drv.outputs
              )
            }
            ${script}
            touch $out
          '';
      };
    in
    self;
  self = shared pkgs;
  # The wheels of PyPI are built for this Python, which a Nixpkgs has beside its own.
  withPython311 =
    pkgs
    // lib.optionalAttrs (pkgs ? python311) {
      python3 = pkgs.python311;
      python3Packages = pkgs.python311.pkgs;
    };

  # What only the ground can play: an older stdenv, a foreign C library of Debian's,
  # an old patchelf and the builders of pyproject.nix.
  onGroundOnly = [
    "attributes-structured-without-concatTo"
    "attributes-without-concatTo"
    "cross-library-not-found"
    "cross-overlay"
    "cross-qemu"
    "cross-spliced"
    "cross-static"
    "cross-static-check"
    "cross-without-compiler"
    "darwin-verifies"
    "globs-are-values-without-concatTo"
    "overlay-in-the-closure-of-the-hook"
    "overlay-pyproject"
    "overlay-pyproject-beside-overrides"
    "overlay-pyproject-hint"
    "overlay-pyproject-manylinux1"
    "overlay-pyproject-rebuilds"
    "says-patchelf-version"
  ];
  all =
    lib.foldl' (tests: file: tests // import file self) (import ./real.nix (shared withPython311))
      [
        ./toy.nix
        ./variables.nix
        ./links.nix
        ./beside.nix
        ./overlays.nix
        ./cross.nix
        ./failures.nix
        ./notices.nix
        ./package.nix
        ./docs.nix
      ];
  tests = if pkgs ? isTestGround then all else removeAttrs all onGroundOnly;
in
{
  inherit tests;
  # For tests/nix/run: a line "NAME DRV OUT" for each test; the wheels they need.
  list = lib.concatMapStringsSep "\n" (
    name: "${name} ${tests.${name}.drvPath} ${tests.${name}.outPath}"
  ) (builtins.attrNames tests);
  # The lines that logs must hold; checks.sh looks for each problem code in them.
  expects = lib.concatMap (test: test.expects or [ ]) (builtins.attrValues tests);
  # What checks.sh builds in two steps: without a hint, then with the one printed.
  hint =
    {
      text ? "",
    }:
    self.package (
      {
        src = (self.toy { needs = [ "${pkgs.libxcb}/lib/libxcb.so.1" ]; }).file;
      }
      // import (builtins.toFile "hint.nix" "pkgs: with pkgs; { ${text} }") pkgs
    );
  wheels = builtins.attrValues (import ./real-wheels.nix);
}
