# uv2nix and pyproject.nix as they are, on a package set of mixed.nix: the packages of a
# uv.lock with overlays.pyproject, a virtual environment of them, and what is imported
# and used in it. `workspace` is a folder with pyproject.toml, uv.lock and wheels/.
{
  tree,
  pyproject-nix,
  uv2nix,
  workspace,
}:
let
  pkgs = import ./mixed.nix {
    inherit tree;
    overlays = [
      (import ../../../nix/overlay.nix)
      (final: prev: {
        fetchurl = fetch final;
        # pyproject.nix calls it; ekala-project/nix-lib names one that it does not have.
        lib = prev.lib // {
          inherit (builtins) isPath;
        };
      })
    ];
  };
  inherit (pkgs) lib;
  python = pkgs.python311;

  # A download that was made before, with the hash that the lock has.
  fetch =
    pkgs:
    {
      url,
      hash,
      name ? baseNameOf url,
      ...
    }:
    pkgs.stdenvNoCC.mkDerivation {
      inherit name;
      outputHash = hash;
      outputHashMode = "flat";
      buildCommand = "cp ${
        builtins.path {
          inherit name;
          path = workspace + "/wheels/${name}";
        }
      } $out";
      passthru = { inherit url; };
    };

  pyproject = import pyproject-nix { inherit lib; };
  uv = import uv2nix {
    inherit lib;
    pyproject-nix = pyproject;
  };
  loaded = uv.lib.workspace.loadWorkspace { workspaceRoot = workspace; };
  locked = loaded.mkPyprojectOverlay { sourcePreference = "wheel"; };

  # As people write them, for autoPatchelfHook.
  overrides = final: prev: {
    numba = prev.numba.overrideAttrs (old: {
      preFixup = (old.preFixup or "") + ''
        addAutoPatchelfSearchPath ${final.tbb}
      '';
    });
    nvidia-cusparse-cu12 = prev.nvidia-cusparse-cu12.overrideAttrs (old: {
      postFixup = (old.postFixup or "") + ''
        addAutoPatchelfSearchPath "${final.nvidia-nvjitlink-cu12}"
        autoPatchelf "$out"
      '';
    });
    tbb = prev.tbb.overrideAttrs (old: {
      buildInputs = (old.buildInputs or [ ]) ++ [ ];
      autoPatchelfIgnoreMissingDeps = [ "libhwloc.so.*" ];
    });
  };
  ours = (import ../../.. { inherit pkgs; }).overlays.pyproject;

  mkSet =
    overlays:
    (pkgs.callPackage pyproject.build.packages { inherit python; }).overrideScope (
      lib.composeManyExtensions ([ locked ] ++ overlays)
    );
  set = mkSet [
    overrides
    ours
  ];
  after = mkSet [
    ours
    overrides
  ];
  names = map (package: package.name) (
    (builtins.fromTOML (builtins.readFile (workspace + "/uv.lock"))).package
  );
  packages = lib.genAttrs (builtins.filter (name: set ? ${name} && name != "against") names) (
    name: set.${name}
  );

  # The packages with another derivation once one has another version.
  rebuilt =
    leaf: tail:
    let
      bump = _: prev: {
        ${leaf} = prev.${leaf}.overrideAttrs (_: {
          version = "99";
        });
      };
      old = mkSet tail;
      new = mkSet ([ bump ] ++ tail);
    in
    builtins.filter (name: old.${name}.drvPath != new.${name}.drvPath) (builtins.attrNames packages);
  same =
    rebuilt: leaf: leaves:
    rebuilt leaf [ ] == [ leaf ] && rebuilt leaf [ ours ] == leaves;
  env = set.mkVirtualEnv "against-env" loaded.deps.default;

  # All of it in the layout link, with two distributions that share a folder.
  twin = import ../toy/twin.nix {
    inherit pkgs;
    toy = import ../toy { inherit pkgs; };
  };
  twins =
    final: _:
    lib.genAttrs [ "toy" "twin" ] (
      name:
      pkgs.stdenv.mkDerivation {
        pname = name;
        version = "1.0";
        src = (twin name).file;
        nativeBuildInputs = [ final.pyprojectWheelHook ];
        passthru = {
          format = "wheel";
          dependencies = { };
          optional-dependencies = { };
          dependency-groups = { };
        };
      }
    );
  linked = mkSet [
    twins
    overrides
    (
      _: prev:
      lib.genAttrs
        (
          builtins.attrNames packages
          ++ [
            "toy"
            "twin"
          ]
        )
        (
          name:
          prev.${name}.overrideAttrs (_: {
            wheelAutoPatchLayout = "link";
          })
        )
    )
    ours
  ];
  linkedEnv = linked.mkVirtualEnv "against-env-linked" (
    loaded.deps.default
    // {
      toy = [ ];
      twin = [ ];
    }
  );
  tests = lib.mapAttrs' (name: lib.nameValuePair "uv2nix-${name}") packages // {
    uv2nix-overrides-after-numba = after.numba;
    uv2nix-overrides-after-nvidia = after.nvidia-cusparse-cu12;
    # What a new version rebuilds: a pure leaf itself, numpy the binary wheels that need it.
    uv2nix-rebuilds = pkgs.runCommand "uv2nix-rebuilds" { } (
      if
        same rebuilt "typing-extensions" [ "typing-extensions" ]
        && same rebuilt "numpy" [
          "numba"
          "numpy"
          "opencv-python-headless"
          "scipy"
        ]
      then
        "touch $out"
      else
        "exit 1"
    );
    # Imported and used, from the virtual environment, in the sandbox.
    uv2nix-used = pkgs.runCommand "uv2nix-used" { } ''
      export NUMBA_CACHE_DIR=$TMPDIR HOME=$TMPDIR
      ${env}/bin/python ${./uv/use.py}
      touch $out
    '';
    # The same in the layout link: Pillow is byte for byte the publisher's, what two
    # distributions place in folders of one name do not meet.
    uv2nix-linked = pkgs.runCommand "uv2nix-linked" { } ''
      export NUMBA_CACHE_DIR=$TMPDIR HOME=$TMPDIR
      ${linkedEnv}/bin/python ${./uv/use.py}
      ${linkedEnv}/bin/python -c 'import toy, twin, shared.toy, shared.twin; assert toy.answer + twin.answer == 84'
      site=${linkedEnv}/${python.sitePackages}
      for name in toy twin; do
        test "$(readlink -f $site/$name.libs/libz.so.1)" = "$(readlink -f ${lib.getLib pkgs.zlib}/lib/libz.so.1)"
      done
      test ! -e $site/shared/libz.so.1
      ${python.interpreter} -m zipfile -e ${linked.pillow.src} wheel
      cd wheel
      find PIL pillow.libs -name '*.so*' | while read -r object; do cmp "$object" ${linked.pillow}/${python.sitePackages}/$object; done
      find ${linked.pillow}/${python.sitePackages}/pillow.libs -type l | grep .
      touch $out
    '';
  };
in
{
  inherit pkgs set tests;
  # For tests/nix/against: a line "URL" for each file of the lock that is chosen here.
  sources = lib.concatMapStringsSep "\n" (package: package.src.passthru.url) (
    builtins.attrValues packages
  );
  list = lib.concatMapStringsSep "\n" (
    name: "${name} ${tests.${name}.drvPath} ${tests.${name}.outPath}"
  ) (builtins.attrNames tests);
}
