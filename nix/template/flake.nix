{
  description = "A Python package from a binary wheel";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    wheel-auto-patch.url = "github:wheel-auto-patch/wheel-auto-patch";
    wheel-auto-patch.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    {
      self,
      nixpkgs,
      wheel-auto-patch,
    }:
    let
      forAll =
        f:
        nixpkgs.lib.genAttrs [ "x86_64-linux" ] (
          system:
          f (
            import nixpkgs {
              inherit system;
              overlays = [ wheel-auto-patch.overlays.default ];
            }
          )
        );
    in
    {
      packages = forAll (pkgs: {
        default = pkgs.python3Packages.callPackage ./package.nix { };
      });

      # `nix flake check` builds it too.
      checks = forAll (pkgs: {
        inherit (self.packages.${pkgs.stdenv.hostPlatform.system}) default;
      });
    };
}
