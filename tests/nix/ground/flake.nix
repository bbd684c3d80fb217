{
  description = "The stand-in for Nixpkgs, to be put in the place of the flake's input";
  outputs = _: { lib = import ./lib.nix; };
}
