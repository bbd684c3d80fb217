# Evaluates expressions that explain wrote, with stand-ins for all that Nixpkgs has: each for
# some versions of Python and some systems. Dependencies are their names, sources what the
# fetchers were given.
{
  files, # name of an expression to its path
  inputs, # names of attributes of Nixpkgs, as lists of their parts
  licenses, # names of lib.licenses
  minors, # of Python 3
  systems,
}:
let
  inherit (builtins)
    attrNames
    compareVersions
    functionArgs
    listToAttrs
    map
    mapAttrs
    ;
  named =
    names:
    listToAttrs (
      map (name: {
        inherit name;
        value = name;
      }) names
    );
  # One attribute set of all paths.
  tree =
    paths:
    let
      ends = builtins.any (p: p == [ ]) paths;
      heads = builtins.groupBy builtins.head (builtins.filter (p: p != [ ]) paths);
    in
    if ends then "input" else mapAttrs (_: below: tree (map builtins.tail below)) heads;
  nixpkgs = tree inputs;
  lib = {
    optionals = c: l: if c then l else [ ];
    licenses = named licenses;
    sourceTypes.binaryNativeCode = "binaryNativeCode";
    getLicenseFromSpdxId = id: "spdx ${id}";
    getLib = input: "lib of ${input}";
  };
  scope =
    minor: system:
    let
      python = "3.${toString minor}";
    in
    nixpkgs
    // {
      inherit lib;
      pkgs = nixpkgs // {
        inherit lib;
      };
      python.sitePackages = "lib/python${python}/site-packages";
      stdenv = nixpkgs.stdenv or { } // {
        hostPlatform = { inherit system; };
      };
      buildPythonPackage =
        f:
        let
          result = f result;
        in
        result;
      fetchPypi = args: args;
      fetchurl = args: args;
      pythonOlder = v: compareVersions python v < 0;
      pythonAtLeast = v: compareVersions python v >= 0;
      wheelAutoPatchHook = "wheelAutoPatchHook";
    };
  call =
    minor: system: path:
    let
      f = import path;
      args = mapAttrs (name: _: (scope minor system).${name} or name) (functionArgs f);
    in
    f args;
  # As one package of an overlay: all of it, by the same means.
  package =
    path:
    listToAttrs (
      map (minor: {
        name = toString minor;
        value = listToAttrs (
          map (system: {
            name = system;
            value =
              let
                p = call minor system path;
              in
              p
              // {
                disabled = p.disabled or false;
                src = if builtins.elem system (p.meta.platforms or systems) then p.src else null;
              };
          }) systems
        );
      }) minors
    );
in
mapAttrs (_: package) files
