# stdenv.mkDerivation as Nixpkgs' manual describes it, for one platform: the
# fixed point, overrideAttrs, passthru and meta, structured attributes or not.
{
  lib,
  system,
  initialPath,
  defaultNativeBuildInputs,
  cc,
}:
let
  inherit (lib) optionalAttrs;

  platform = {
    inherit system;
    isLinux = lib.hasSuffix "linux" system;
    isDarwin = lib.hasSuffix "darwin" system;
    libc = "glibc";
    config = "x86_64-unknown-linux-gnu";
    canExecute = other: other.system == system;
  };

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

  # The arguments of `derivation`.
  drvArgs =
    attrs:
    let
      structured = attrs.__structuredAttrs or false;
      present = lib.filterAttrs (_: value: value != null) (
        removeAttrs attrs [
          "passthru"
          "meta"
          "env"
          "outputs"
          "finalPackage"
        ]
      );
      inputs = lib.mapAttrs (_: list: map lib.getDev (builtins.filter (x: x != null) list)) (
        lib.filterAttrs (name: _: builtins.elem name slots) present
      );
    in
    present
    // inputs
    // (if structured then { env = attrs.env or { }; } else attrs.env or { })
    // {
      name = attrs.name or "${attrs.pname}-${attrs.version}";
      outputs = attrs.outputs or [ "out" ];
      inherit system initialPath;
      defaultNativeBuildInputs = attrs.defaultNativeBuildInputs or defaultNativeBuildInputs;
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
          outputs = attrs.outputs or [ "out" ];
          src = attrs.src or null;
          nativeBuildInputs = attrs.nativeBuildInputs or [ ];
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
in
{
  mkDerivation = x: make (if lib.isFunction x then x else _: x);
  inherit cc system;
  hostPlatform = platform;
  buildPlatform = platform;
  targetPlatform = platform;
  inherit (platform) isLinux isDarwin;
}
