{
  description = "wheelAutoPatchHook: binary Python wheels that work in Nix";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      # On Darwin the program, and a hook that verifies RECORD and patches nothing.
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forAll = f: lib.genAttrs systems (system: f (pkgsFor system));
      pkgsFor =
        system:
        import nixpkgs {
          inherit system;
          overlays = [ self.overlays.default ];
        };
    in
    {
      overlays = {
        default = import ./nix/overlay.nix;
        buildPythonPackage = import ./nix/overlay-build-python-package.nix;
        # For package sets of pyproject.nix and uv2nix.
        pyproject = final: prev: import ./nix/overlay-pyproject.nix prev.pkgs final prev;
      };

      packages = forAll (pkgs: {
        inherit (pkgs) wheel-auto-patch wheelAutoPatchHook;
        default = pkgs.wheel-auto-patch;
      });

      apps = forAll (pkgs: {
        default = {
          type = "app";
          program = "${pkgs.wheel-auto-patch}/bin/wheel-auto-patch";
        };
      });

      checks = forAll (
        pkgs:
        import ./nix/checks.nix { inherit pkgs; }
        // lib.optionalAttrs pkgs.stdenv.isLinux (import ./tests/nix { inherit pkgs; }).tests
      );

      devShells = forAll (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ pkgs.wheel-auto-patch ];
          packages = [
            pkgs.gofumpt
            pkgs.nixfmt
            pkgs.patchelf
            pkgs.shellcheck
            pkgs.shfmt
          ];
        };
      });

      formatter = forAll (pkgs: pkgs.nixfmt);

      templates.default = {
        path = ./nix/template;
        description = "A Python package from a binary wheel, built in CI";
      };
    };
}
