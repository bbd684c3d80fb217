# For package sets of pyproject.nix and uv2nix, to be composed last:
#
#   pythonSet.overrideScope (lib.composeManyExtensions [ … (import ./overlay-pyproject.nix pkgs) ])
#
# Each package whose passthru.format is "wheel" gets the hook in the place of
# autoPatchelfHook. Dependencies are no inputs there, so their site-packages are
# handed over by name; a package opts out with `dontWheelAutoPatch = true`.
pkgs: final: prev:
let
  inherit (pkgs) lib;

  isWheel = package: lib.isDerivation package && package.passthru.format or null == "wheel";
  isPatcher =
    input:
    lib.isDerivation input
    && builtins.elem (lib.getName input) [
      "auto-patchelf-hook"
      "wheel-auto-patch-hook"
    ];

  # What a package names in its metadata: { name = [ extra… ]; }, extras resolved.
  named =
    { name, extras }:
    let
      passthru = prev.${name}.passthru or { };
      optional = passthru.optional-dependencies or { };
      sets = [ (passthru.dependencies or { }) ] ++ map (extra: optional.${extra} or { }) extras;
    in
    builtins.concatMap (
      set:
      lib.optionals (builtins.isAttrs set) (
        map (dep: {
          name = dep;
          extras = set.${dep};
        }) (builtins.filter (dep: builtins.hasAttr dep prev) (builtins.attrNames set))
      )
    ) sets;

  # The names of all that a package depends on, itself included where there is a cycle.
  closure =
    node:
    map (item: item.node.name) (
      builtins.genericClosure {
        startSet = map item (named node);
        operator = { node, ... }: map item (named node);
      }
    );
  item = node: {
    key = "${node.name} ${toString node.extras}";
    inherit node;
  };

  # A dependency that depends on this package cannot be built before it.
  dependencies =
    name:
    builtins.filter
      (
        dep:
        dep != name
        && !builtins.elem name (closure {
          name = dep;
          extras = [ ];
        })
      )
      (
        lib.unique (closure {
          inherit name;
          extras = [ ];
        })
      );
in
builtins.mapAttrs (
  name: package:
  if isWheel package then
    package.overrideAttrs (old: {
      nativeBuildInputs = builtins.filter (input: !isPatcher input) (old.nativeBuildInputs or [ ]) ++ [
        pkgs.wheelAutoPatchHook
      ];
      wheelAutoPatchPythonDeps =
        old.wheelAutoPatchPythonDeps or [ ] ++ map (dep: final.${dep}) (dependencies name);
    })
  else
    package
) prev
