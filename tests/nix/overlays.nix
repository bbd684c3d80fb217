# The hook for whole package sets: Nixpkgs' Pythons, and pyproject.nix.
self:
let
  inherit (self) pkgs good;
  inherit (pkgs) lib;
  inherit (import ./toy/works.nix self) outside works;
  py = pkgs.python3Packages;
  src = (self.toy { }).file;
  site = py.python.sitePackages;

  # A package set of pyproject.nix: uv installs, dependencies are named in passthru, and
  # autoPatchelfHook is there, which fails.
  ours = (import ../../. { inherit pkgs; }).overlays.pyproject;
  pyproject =
    overlays:
    lib.fix (lib.extends (lib.composeManyExtensions overlays) (final: packages // { inherit pkgs; }));
  wheelOf =
    pname: src: dependencies:
    lib.makeOverridable (
      { format }:
      pkgs.stdenv.mkDerivation {
        inherit pname src;
        version = "1.0";
        nativeBuildInputs = [
          py.pyprojectWheelHook
          (pkgs.makeSetupHook { name = "auto-patchelf-hook"; } (
            builtins.toFile "fails.sh" "postFixupHooks+=(false)"
          ))
        ];
        passthru = {
          inherit format dependencies;
          optional-dependencies.more = {
            needs-toy = [ ];
          };
        };
      }
    ) { format = "wheel"; };
  packages = {
    six = wheelOf "six" (self.wheel self.realWheels.six) { toy = [ ]; };
    toy = wheelOf "toy" (self.toy { edit = "cp ${outside.outer}/lib/libouter.so.1 toy/"; }).file { };
    needs-toy = needing "needing" { six = [ ]; };
    cycle-a = needing "a" {
      toy = [ "more" ];
      cycle-b = [ ];
    };
    cycle-b = needing "b" { cycle-a = [ ]; };
    alone = needing "alone" { };
    # PEP 513 promises it libcrypt.so.1.
    old =
      wheelOf "old"
        (self.toy {
          name = "old";
          platform = "manylinux1_x86_64";
          needs = [ "${pkgs.libxcrypt}/lib/libcrypt.so.1" ];
        }).file
        { };
  };
  names = builtins.attrNames packages;
  # A wheel that needs the library which toy brings.
  needing =
    name:
    wheelOf name
      (self.toy {
        inherit name;
        needs = [ "${outside.outer}/lib/libouter.so.1" ];
      }).file;

  # Its own python set with the overlays applied.
  overlaid = overlays: (pkgs.appendOverlays overlays).python3Packages;
  forAll = import ../../nix/overlay-build-python-package.nix;
  toyArgs = {
    pname = "toy";
    version = "1.0";
    format = "wheel";
    inherit src;
    dontWrapPythonPrograms = true;
  };
  # How often a derivation has the hook, named or propagated.
  isHook = input: lib.isDerivation input && lib.getName input == "wheel-auto-patch-hook";
  hooksOf =
    drv:
    let
      inputs = builtins.filter lib.isDerivation drv.nativeBuildInputs;
      all = inputs ++ lib.concatMap (input: input.propagatedBuildInputs or [ ]) inputs;
    in
    lib.unique (map (hook: hook.outPath) (builtins.filter isHook all));
  # A rule a name; those that do not hold are named.
  areTrue =
    name: rules:
    let
      broken = builtins.filter (rule: !rules.${rule}) (builtins.attrNames rules);
    in
    pkgs.runCommand name { } (
      if broken == [ ] then "touch $out" else "echo not so: ${toString broken}; exit 1"
    );
in
{
  overlay-python-set = areTrue "overlay-python-set" {
    same = py.wheelAutoPatchHook.outPath == pkgs.wheelAutoPatchHook.outPath;
  };
  overlay-build-python-package =
    let
      drv = (overlaid [ forAll ]).buildPythonPackage toyArgs;
    in
    good "overlay-build-python-package" drv (works drv);
  # glib, which the hook hands in, is built with a wheel: of the package set without the
  # overlay.
  overlay-in-the-closure-of-the-hook =
    let
      pure = final: prev: {
        glib = final.runCommand "glib-of-wheels" {
          nativeBuildInputs = [ final.python3Packages.six ];
        } "cp -r ${prev.glib} $out";
        pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [
          (pyfinal: _: {
            six = pyfinal.buildPythonPackage {
              pname = "six";
              version = "1.17.0";
              format = "wheel";
              src = self.wheel self.realWheels.six;
            };
          })
        ];
      };
      drv =
        (overlaid [
          forAll
          pure
        ]).buildPythonPackage
          toyArgs;
    in
    good "overlay-in-the-closure-of-the-hook" drv (works drv);
  # It is there where the format is "wheel" at last, once, whichever way that was said.
  overlay-build-python-package-is-there =
    let
      set = overlaid [ forAll ];
      whole = pkgs.appendOverlays [ forAll ];
      count = drv: builtins.length (hooksOf drv);
      sdist = {
        pname = "toy";
        version = "1.0";
        pyproject = true;
        build-system = [ ];
        src = builtins.toFile "toy-1.0.tar.gz" "";
      };
      toWheel = _: {
        pyproject = null;
        format = "wheel";
        inherit src;
      };
      toSdist = _: {
        format = null;
        pyproject = true;
        build-system = [ ];
      };
      whl = set.buildPythonPackage toyArgs;
      pure = toyArgs // {
        src = builtins.toFile "six-1.17.0-py2.py3-none-any.whl" "";
      };
      # Nixpkgs has taken functions since 25.05, when override came as well.
      fromFunction = lib.optionalAttrs (set.buildPythonPackage ? override) {
        function = count (set.buildPythonPackage (_: toyArgs)) == 1;
        function-to-sdist = count ((set.buildPythonPackage (_: toyArgs)).overridePythonAttrs toSdist) == 0;
        function-of-its-own-inputs =
          count (
            set.buildPythonPackage (
              final: toyArgs // { nativeBuildInputs = lib.optional (final.version == "1") pkgs.unzip; }
            )
          ) == 1;
        builder-overridden =
          count ((set.buildPythonPackage.override { inherit (pkgs) stdenv; }) toyArgs) == 1;
      };
    in
    areTrue "overlay-build-python-package-is-there" (
      {
        package = hooksOf whl == [ whole.wheelAutoPatchHook.outPath ];
        application = count (set.buildPythonApplication toyArgs) == 1;
        other-format = count (set.buildPythonPackage sdist) == 0;
        every-python = builtins.all (python: count (python.pkgs.buildPythonPackage toyArgs) == 1) (
          map (name: whole.${name}) (
            builtins.filter (name: builtins.match "python3[0-9]+" name != null) (builtins.attrNames whole)
          )
        );
        named-too =
          count (set.buildPythonPackage (toyArgs // { nativeBuildInputs = [ whole.wheelAutoPatchHook ]; }))
          == 1;
        sdist-to-wheel = count ((set.buildPythonPackage sdist).overridePythonAttrs toWheel) == 1;
        wheel-to-sdist = count (whl.overridePythonAttrs toSdist) == 0;
        and-back = count ((whl.overridePythonAttrs toSdist).overridePythonAttrs toWheel) == 1;
        wheel-to-sdist-after-overrideAttrs =
          count ((whl.overrideAttrs (_: { })).overridePythonAttrs toSdist) == 0;
        pure-to-binary =
          hooksOf (
            (set.buildPythonPackage pure).overridePythonAttrs (_: {
              inherit src;
            })
          ) == [ whole.wheelAutoPatchHook.outPath ];
        inputs-replaced =
          count (
            whl.overridePythonAttrs (_: {
              nativeBuildInputs = [ ];
            })
          ) == 1;
        inputs-added =
          count (
            whl.overrideAttrs (old: {
              nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.unzip ];
            })
          ) == 1;
        file-overridden =
          let
            file = { buildPythonPackage, version }: buildPythonPackage (toyArgs // { inherit version; });
          in
          count ((set.callPackage file { version = "1"; }).override { version = "2"; }) == 1;
      }
      // fromFunction
    );
  # A build from the wheel of what was an sdist.
  overlay-sdist-to-wheel =
    let
      drv =
        ((overlaid [ forAll ]).buildPythonPackage {
          pname = "toy";
          version = "0.9";
          pyproject = true;
          src = builtins.toFile "toy-0.9.tar.gz" "";
        }).overridePythonAttrs
          (_: toyArgs // { pyproject = null; });
    in
    good "overlay-sdist-to-wheel" drv (works drv);
  # Opted out: the wheel is installed as it is.
  overlay-opted-out =
    let
      drv = (overlaid [ forAll ]).buildPythonPackage (toyArgs // { dontWheelAutoPatch = true; });
    in
    pkgs.runCommandCC "overlay-opted-out" { } ''
      readelf -l ${drv}/bin/toy-tool | grep -F ': /lib64/ld-linux-x86-64.so.2]'
      touch $out
    '';
  # uv installs, dependencies are no inputs, autoPatchelfHook is there and would fail.
  overlay-pyproject =
    let
      drv = (pyproject [ ours ]).needs-toy;
    in
    good "overlay-pyproject" drv ''
      test "$(PYTHONPATH=${drv}/${site} ${pkgs.python3.interpreter} -c 'import needing; print(needing.answer)')" = 42
      readelf -d ${drv}/${site}/needing/_toy.so | grep -F '${(pyproject [ ours ]).toy}/${site}/toy'
    '';
  overlay-pyproject-manylinux1 =
    let
      drv = (pyproject [ ours ]).old;
    in
    good "overlay-pyproject-manylinux1" drv ''
      readelf -d ${drv}/${site}/old/_toy.so | grep -F '${pkgs.libxcrypt}/lib'
    '';
  # What a new version of one package gives a new derivation: as without the overlay, and
  # the binary wheels that a binary wheel is handed to.
  overlay-pyproject-rebuilds =
    let
      set = pyproject [ ours ];
      bare = pyproject [ ];
      bump = name: _: prev: {
        ${name} = prev.${name}.overrideAttrs (_: {
          version = "99";
        });
      };
      rebuilt =
        name:
        let
          new = pyproject [
            (bump name)
            ours
          ];
        in
        builtins.filter (other: set.${other}.drvPath != new.${other}.drvPath) names;
      handed = name: map (dep: dep.pname) set.${name}.wheelAutoPatchPythonDeps;
      sdist = pyproject [
        ours
        (_: prev: { toy = prev.toy.override { format = "pyproject"; }; })
      ];
    in
    areTrue "overlay-pyproject-rebuilds" {
      pure-is-left-alone = set.six.drvPath == bare.six.drvPath;
      pure-leaf = rebuilt "six" == [ "six" ];
      binary =
        rebuilt "toy" == [
          "cycle-a"
          "cycle-b"
          "needs-toy"
          "toy"
        ];
      through-pure = handed "needs-toy" == [ "toy" ];
      of-extras-too =
        handed "cycle-a" == [
          "toy"
          "needing"
        ];
      no-cycle =
        handed "cycle-b" == [
          "toy"
          "needing"
        ];
      extras-not-asked-for = handed "toy" == [ ];
      overridden-later =
        sdist.toy.drvPath
        == (pyproject [ (_: prev: { toy = prev.toy.override { format = "pyproject"; }; }) ]).toy.drvPath;
      opted-out =
        let
          out = _: prev: {
            toy = prev.toy.overrideAttrs (_: {
              dontWheelAutoPatch = true;
            });
          };
        in
        (pyproject [
          out
          ours
        ]).toy.drvPath == (pyproject [ out ]).toy.drvPath;
    };
  # The closure of dependencies is found once a name: 400 in a chain take a second,
  # and minutes if it is found for each pair.
  overlay-pyproject-chain =
    let
      count = 400;
      name = i: "p${toString i}";
      package = deps: {
        type = "derivation";
        passthru = {
          format = "wheel";
          dependencies = lib.genAttrs deps (_: [ ]);
        };
        overrideAttrs = new: package deps // new { };
      };
      prev = builtins.listToAttrs (
        builtins.genList (i: {
          name = name i;
          value = package (lib.optional (i + 1 < count) (name (i + 1)));
        }) count
      );
      final = import ../../nix/overlay-pyproject.nix pkgs final prev;
    in
    areTrue "overlay-pyproject-chain" {
      first = builtins.length final.p0.wheelAutoPatchPythonDeps == count - 1;
      half = builtins.length final.p200.wheelAutoPatchPythonDeps == count - 201;
    };
  # Overrides that were written for autoPatchelfHook, composed before the overlay or after.
  overlay-pyproject-beside-overrides =
    let
      owner =
        pkgs.runCommand "owner" { }
          "mkdir -p $out/deep/lib && cp ${outside.outer}/lib/libouter.so.1 $out/deep/lib/";
      user = _: prev: {
        alone = prev.alone.overrideAttrs (old: {
          preFixup = old.preFixup or "" + "addAutoPatchelfSearchPath ${owner}\n";
        });
      };
      one =
        (pyproject [
          user
          ours
        ]).alone;
      other =
        (pyproject [
          ours
          user
        ]).alone;
    in
    good "overlay-pyproject-beside-overrides" one ''
      for drv in ${one} ${other}; do
        readelf -d $drv/${site}/alone/_toy.so | grep -F '${owner}/deep/lib'
      done
    '';
  # A hint is the override to write.
  overlay-pyproject-hint =
    let
      entries = [
        "library-not-found: libouter.so.1"
        "hint: or, if it is never loaded: alone = prev.alone.overrideAttrs (old: { wheelAutoPatchIgnoreMissingDeps = [ \"libouter.so.1\" ]; });"
      ];
    in
    pkgs.testers.testBuildFailure' {
      drv = (pyproject [ ours ]).alone;
      expectedBuilderLogEntries = entries;
    };
}
