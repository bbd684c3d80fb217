# Each Nix expression of the pages for users evaluates, in the place where it is meant to
# stand. What pyproject.nix, poetry2nix and dream2nix bring has stand-ins here.
self:
let
  inherit (self) pkgs package;
  inherit (pkgs) lib;
  root = ../..;
  # Read where they are no derivation's input: an edit of a page builds nothing anew.
  pages = lib.genAttrs (
    [
      "README.md"
      "docs/hook.md"
    ]
    ++ map (name: "docs/use/${name}") (builtins.attrNames (builtins.readDir (root + "/docs/use")))
  ) (name: root + "/${name}");
  blocksOf =
    file:
    map (part: builtins.head (lib.splitString "\n```" part)) (
      builtins.tail (lib.splitString "```nix\n" (builtins.readFile file))
    );

  src = (self.toy { }).file;
  whole = (import root { inherit pkgs; }).overlays;
  set = lib.fix (lib.extends whole.pyproject (_: prevSet // { inherit pkgs; }));
  wheelOf =
    pname:
    lib.makeOverridable (
      _:
      pkgs.stdenv.mkDerivation {
        inherit pname src;
        version = "1.0";
        passthru = {
          format = "wheel";
          dependencies = { };
        };
      }
    ) { };
  prevSet = lib.genAttrs [ "opencv-python" "numba" "tbb" ] wheelOf;
  prevPackages = {
    opencv-python = package { pname = "opencv-python"; };
  };
  nixpkgs = args: pkgs.appendOverlays args.overlays;

  # What the text around a block has named.
  scope =
    pkgs.python3Packages
    // pkgs
    // lib.genAttrs [ "cudatoolkit" "libmodplug" "libpulseaudio" "wayland" ] (name: pkgs.zlib)
    // {
      inherit nixpkgs pkgs lib;
      inherit (pkgs) system;
      python = pkgs.python3;
      wheel = src;
      wheel-auto-patch.overlays = whole;
      final = set;
      prev = prevSet;
      pythonManylinuxPackages = pkgs.pythonManylinuxPackages // {
        manylinux1 = [ pkgs.libxcrypt ];
      };
      overrides = _: _: { };
      workspace.mkPyprojectOverlay =
        _: _: _:
        prevSet;
      pyproject-build-systems.overlays.default = _: _: { };
      pyproject-nix.build.packages =
        { lib, python }:
        assert python ? interpreter;
        {
          overrideScope =
            new:
            lib.fix (
              lib.extends new (_: {
                inherit pkgs;
              })
            );
        };
      poetry2nix.defaultPoetryOverrides.extend = new: new prevPackages prevPackages;
      config.deps = { inherit (pkgs) wheelAutoPatchHook; };
    };

  # Evaluates a block, and returns something of it that is made of all that it says.
  value =
    text:
    let
      at =
        builtins.replaceStrings
          [ "import <nixpkgs>" "./wheel-auto-patch" "import nixpkgs" "sha256-…" ]
          [
            "nixpkgs"
            "${toString root}"
            "nixpkgs"
            "sha256-${lib.concatMapStringsSep "" (_: "A") (builtins.genList (i: i) 43)}="
          ]
          text;
      meaning = lib.concatMapStringsSep "" (line: line + "\n") (
        builtins.filter (line: builtins.match "( *#.*)?" line == null) (lib.splitString "\n" at)
      );
      evaluated = code: import (builtins.toFile "block.nix" "scope: with scope;\n${code}") scope;
    in
    if lib.hasPrefix "{" meaning then
      (pkgs.python3Packages.callPackage (builtins.toFile "block.nix" meaning) { fetchPypi = _: src; })
      .drvPath
    else if lib.hasPrefix "stdenv.mkDerivation" meaning then
      (evaluated meaning).drvPath
    else
      bindings (evaluated "{\n${meaning}\n}");

  # Of names that are bound: those of a derivation are said to one.
  bindings =
    block:
    let
      is = name: block ? ${name};
    in
    if is "pythonSet" then
      block.pythonSet.opencv-python.drvPath
    else if is "pkgs" then
      block.pkgs.wheelAutoPatchHook.drvPath
    else if is "overlays" then
      (nixpkgs block).python3Packages.wheelAutoPatchHook.drvPath
    else if is "overrides" then
      block.overrides.opencv-python.drvPath
    else if is "pip" then
      [
        (block.deps { nixpkgs = pkgs; }).wheelAutoPatchHook.drvPath
        (package {
          inherit (block.pip.overrides.opencv-python.mkDerivation) nativeBuildInputs;
        }).drvPath
      ]
    else if builtins.all lib.isDerivation (builtins.attrValues block) then
      map (drv: drv.drvPath) (builtins.attrValues block)
    else
      (package block).drvPath;

  evaluated = builtins.mapAttrs (
    name: file:
    let
      blocks = blocksOf file;
    in
    builtins.genList (
      i:
      builtins.addErrorContext "while evaluating block ${toString (i + 1)} of ${name}:\n${builtins.elemAt blocks i}" (
        value (builtins.elemAt blocks i)
      )
    ) (builtins.length blocks)
  ) pages;
  count = builtins.length (builtins.concatLists (builtins.attrValues evaluated));
in
{
  docs-evaluate = builtins.deepSeq evaluated (
    pkgs.runCommand "docs-evaluate" { } "test ${toString count} -ge 20; touch $out"
  );
}
