# For package sets of pyproject.nix and uv2nix, to be composed last: overlays.pyproject.
#
# Each binary wheel gets the hook in the place of autoPatchelfHook. Dependencies are no
# inputs there, so those that are binary wheels are handed over by name. Pure wheels hold
# no library: they stay the derivations that they were. A package opts out with
# `dontWheelAutoPatch = true`.
pkgs: final: prev:
let
  inherit (pkgs) lib;
  inherit (pkgs.stdenv) buildPlatform hostPlatform;

  # It runs on the build platform, for wheels of the host platform.
  hook =
    if buildPlatform.config == hostPlatform.config then
      pkgs.wheelAutoPatchHook
    else
      pkgs.buildPackages.wheelAutoPatchHook;

  # PEP 513 promises more libraries than its successors.
  hookFor =
    attrs:
    if builtins.match ".*manylinux(1|_2_5)_.*" (fileOf attrs) != null then
      hook.override (args: {
        manylinuxPackages = args.targetPackages.pythonManylinuxPackages.manylinux1;
      })
    else
      hook;

  isPackage = value: lib.isDerivation value && value ? passthru.format;

  # Of a package, or of the attributes that one is made from.
  isBinaryWheel =
    attrs: attrs.passthru.format or null == "wheel" && !(lib.hasSuffix "-any.whl" (fileOf attrs));
  fileOf = attrs: attrs.src.name or (baseNameOf (toString attrs.src or ""));

  isPatcher =
    input:
    lib.isDerivation input
    && builtins.elem (lib.getName input) [
      "auto-patchelf-hook"
      "wheel-auto-patch-hook"
    ];

  # Each package and each of its extras and groups, with those that it requires
  # ({ name = [ extra… ]; }): made once, they are shared by all closures.
  nodes = builtins.mapAttrs (
    name: package:
    let
      passthru = package.passthru or { };
      node = extra: requirements: {
        key = "${name}[${extra}]";
        inherit name extra;
        next = lib.optionals (builtins.isAttrs requirements) (
          builtins.concatMap (dep: required dep requirements.${dep}) (builtins.attrNames requirements)
        );
      };
    in
    builtins.mapAttrs node (
      passthru.dependency-groups or { }
      // passthru.optional-dependencies or { }
      // {
        "" = passthru.dependencies or { };
      }
    )
  ) prev;
  required =
    name: extras:
    let
      there = nodes.${name} or { };
    in
    map (extra: there.${extra}) (builtins.filter (extra: there ? ${extra}) ([ "" ] ++ extras));

  # The names of all that a package depends on, the nearest first.
  closures = builtins.mapAttrs (
    _: node:
    map ({ name, ... }: name) (
      builtins.filter ({ extra, ... }: extra == "") (
        builtins.genericClosure {
          startSet = node."".next;
          operator = { next, ... }: next;
        }
      )
    )
  ) nodes;
  reached = builtins.mapAttrs (_: names: lib.genAttrs names (_: null)) closures;
  binaryWheels = builtins.mapAttrs (_: isBinaryWheel) prev;

  # A dependency that depends on this package cannot be built before it.
  dependencies =
    name:
    builtins.filter (
      dep: dep != name && binaryWheels.${dep} && !(reached.${dep} ? ${name})
    ) closures.${name};
in
# Decided by what a package is made from in the end: an override of it, sourcePreference
# for one, is applied before this function.
builtins.mapAttrs (
  name: package:
  if isPackage package then
    package.overrideAttrs (
      old:
      lib.optionalAttrs
        (isBinaryWheel ({ inherit (package) passthru; } // old) && !(old.dontWheelAutoPatch or false))
        {
          nativeBuildInputs = builtins.filter (input: !isPatcher input) (old.nativeBuildInputs or [ ]) ++ [
            (hookFor old)
          ];
          wheelAutoPatchHintsFor = name;
          wheelAutoPatchPythonDeps =
            old.wheelAutoPatchPythonDeps or [ ] ++ map (dep: final.${dep}) (dependencies name);
        }
    )
  else
    package
) prev
