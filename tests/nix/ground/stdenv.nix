# stdenv.mkDerivation as Nixpkgs' manual describes it: the fixed point, overrideAttrs,
# passthru and meta, structured attributes or not, spliced inputs. It builds on one
# system, for platforms.
{
  lib,
  system,
  buildPlatform,
  hostPlatform,
  targetPlatform,
  initialPath,
  defaultNativeBuildInputs,
  cc,
}:
let
  inherit (lib) optionalAttrs;

  slots = [
    "depsBuildBuild"
    "nativeBuildInputs"
    "depsBuildTarget"
    "depsHostHost"
    "buildInputs"
    "depsTargetTarget"
    "depsBuildBuildPropagated"
    "propagatedNativeBuildInputs"
    "depsBuildTargetPropagated"
    "depsHostHostPropagated"
    "propagatedBuildInputs"
    "depsTargetTargetPropagated"
  ];

  native = [
    "nativeBuildInputs"
    "propagatedNativeBuildInputs"
  ];

  # The arguments of `derivation`.
  drvArgs =
    attrs:
    let
      structured = attrs.__structuredAttrs or false;
      separate = attrs.separateDebugInfo or false;
      present = removeAttrs attrs [
        "passthru"
        "meta"
        "env"
        "outputs"
        "finalPackage"
        "separateDebugInfo"
      ];
      # Of what a cross build splices, the one that runs where the slot says.
      spliced = slot: x: if builtins.elem slot native then x.__spliced.buildHost or x else x;
      inputs = lib.mapAttrs (
        slot: list: map (x: lib.getDev (spliced slot x)) (builtins.filter (x: x != null) list)
      ) (lib.filterAttrs (name: _: builtins.elem name slots) present);
    in
    present
    // inputs
    // (if structured then { env = attrs.env or { }; } else attrs.env or { })
    // {
      name = attrs.name or "${attrs.pname}-${attrs.version}";
      outputs = attrs.outputs or [ "out" ] ++ lib.optional separate "debug";
      __ignoreNulls = true;
      inherit system initialPath;
      defaultNativeBuildInputs =
        attrs.defaultNativeBuildInputs or defaultNativeBuildInputs
        ++ lib.optional separate "${./hooks/separate-debug-info.sh}";
      stdenv = "${./stdenv}";
      shell = "/bin/bash";
      builder = attrs.builder or "/bin/bash";
      args =
        attrs.args or [
          "-e"
          "${./stdenv}/builder.sh"
        ];
    };

  make =
    f:
    let
      attrs = f (attrs // { finalPackage = package; });
      package =
        derivation (drvArgs attrs)
        // attrs.passthru or { }
        // optionalAttrs (attrs ? pname) { inherit (attrs) pname version; }
        // {
          meta = attrs.meta or { };
          passthru = attrs.passthru or { };
          # What an overriding function may look at.
          attrs = attrs;
          outputs = attrs.outputs or [ "out" ] ++ lib.optional (attrs.separateDebugInfo or false) "debug";
          src = attrs.src or null;
          stdenv = self;
          nativeBuildInputs = map (x: x.__spliced.buildHost or x) (attrs.nativeBuildInputs or [ ]);
          propagatedBuildInputs = attrs.propagatedBuildInputs or [ ];
          overrideAttrs =
            g:
            make (
              final:
              let
                prev = f final;
                once = if lib.isFunction g then g final else g;
                # Both (prev: …) and (final: prev: …).
                new =
                  if !lib.isFunction g then
                    g
                  else
                    let
                      first = g prev;
                    in
                    if lib.isFunction first then once prev else first;
              in
              prev // new
            );
        };
    in
    package;

  self = {
    mkDerivation = x: make (if lib.isFunction x then x else _: x);
    inherit
      cc
      system
      buildPlatform
      hostPlatform
      targetPlatform
      ;
    inherit (hostPlatform) isLinux isDarwin;
  };
in
self
