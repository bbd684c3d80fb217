# The hook on a wheel of our own: every way of calling it, beside every hook that it
# meets. See docs/hook.md for the rules by name.
self:
let
  inherit (self) pkgs good package;
  inherit (pkgs) lib;
  py = pkgs.python3Packages;
  hook = pkgs.wheelAutoPatchHook;
  src = (self.toy { }).file;
  site = py.python.sitePackages;
  import' = "${pkgs.python3.interpreter} -c";

  # The module works, the program runs, the script says the number.
  works = drv: ''
    test "$(PYTHONPATH=${drv}/${site} ${import'} 'import toy; print(toy.answer)')" = 42
    ${drv}/bin/toy-tool | grep -q '^1\.'
    test "$(PYTHONPATH=${drv}/${site} ${drv}/bin/toy-say)" = 42
  '';
  built =
    args:
    let
      drv = package args;
    in
    good "toy-built" drv (works drv);

  elsewhere =
    args:
    let
      drv = package (
        {
          outputs = [
            "out"
            "dev"
            "tools"
          ];
          preFixup = "mkdir $tools && mv $out/bin $tools/bin";
        }
        // args
      );
    in
    good "outputs-program-elsewhere" drv ''
      ${drv.tools}/bin/toy-tool
      test -e ${drv.dev}/include/python${pkgs.python3.pythonVersion}/toy/toy.h
    '';

  outside = import ./toy/outer.nix self;

  # A plugin's library is nowhere and may be: the rest works.
  ignoring =
    args:
    let
      drv = package (
        {
          src = outside.needing.file;
          wheelAutoPatchIgnoreMissingDeps = [ "libouter.so.*" ];
        }
        // args
      );
    in
    pkgs.runCommandCC "globs-are-values" { } ''
      ${works drv}
      { ${self.loader} --list ${drv}/${site}/toy/use.so 2>&1 || true; } | grep libouter.so.1
      touch $out
    '';

  # A wheel that was left with debug information, and what must be true of that.
  stripped =
    args: has:
    let
      drv = package (
        {
          src = (self.toy { edit = "gcc -g -shared -fPIC -o toy/debug.so ${./toy/bundled.c}"; }).file;
        }
        // args
      );
    in
    good "strip" drv (works drv + "readelf -SW ${drv}/${site}/toy/debug.so | ${has}");

  # The order in which postFixupHooks were run, by what each left in the log or file.
  beside =
    other: args: check:
    let
      one = order: package ({ nativeBuildInputs = order; } // args);
      first = one [
        hook
        other
      ];
      last = one [
        other
        hook
      ];
    in
    good "beside" first (works first + check first)
    // {
      both = good "beside-both" first (
        works first
        + check first
        + ''
          ${pkgs.python3.interpreter} ${./toy/check.py} ${self.loader} ${last}
        ''
        + works last
        + check last
      );
    };

  # Its own python set with the overlays applied.
  overlaid = overlays: (pkgs.appendOverlays overlays).python3Packages;
  forAll = import ../../nix/overlay-build-python-package.nix;
  noNames = args: removeAttrs args [ "nativeBuildInputs" ];
  toyArgs = {
    pname = "toy";
    version = "1.0";
    format = "wheel";
    inherit src;
    dontWrapPythonPrograms = true;
  };
  hooksOf =
    drv:
    builtins.length (
      builtins.filter (input: lib.getName input == "wheel-auto-patch-hook") drv.nativeBuildInputs
    );
  isTrue =
    name: rule:
    pkgs.runCommand name { } (if rule then "touch $out" else "echo ${name} is false; exit 1");
in
{
  # A wheel true to its manylinux tag needs the hook and nothing else.
  hook-alone = built { pythonImportsCheck = [ "toy" ]; };

  attributes-structured-strict = built {
    __structuredAttrs = true;
    strictDeps = true;
    wheelAutoPatchIgnoreMissingDeps = [ "libnever.so.*" ];
    appendRunpaths = [ "/run/never seen" ];
  };
  attributes-structured-loose = built {
    __structuredAttrs = true;
    strictDeps = false;
  };
  attributes-plain-loose = built { strictDeps = false; };
  # A Nixpkgs of before 24.11.
  attributes-without-concatTo = built {
    withoutConcatTo = true;
    wheelAutoPatchFlags = [
      "--quiet"
      "--jobs=1"
    ];
    wheelAutoPatchFlagsArray = "--no-ldd";
  };
  # A glob is a value: neither taken for file names nor lost because it matches none.
  globs-are-values = ignoring { };
  globs-are-values-structured = ignoring { __structuredAttrs = true; };
  globs-are-values-without-concatTo = ignoring { withoutConcatTo = true; };
  attributes-structured-without-concatTo = built {
    withoutConcatTo = true;
    __structuredAttrs = true;
    runtimeDependencies = [ "${pkgs.zlib}" ];
  };

  # Headers and docs are moved to other outputs after RECORD was verified.
  outputs-split =
    let
      drv = package {
        outputs = [
          "out"
          "dev"
          "doc"
        ];
      };
    in
    good "outputs-split" drv (
      works drv
      + ''
        test -e ${drv.dev}/include/python${pkgs.python3.pythonVersion}/toy/toy.h
        test -e ${drv.doc}/share/doc/toy/README
        test -e ${drv.dist}/*.whl
      ''
    );
  # A program moved to another output still finds the library that stayed.
  outputs-program-elsewhere = elsewhere { };
  outputs-program-elsewhere-structured = elsewhere { __structuredAttrs = true; };

  # An installed script, moved and wrapped, changes rows of RECORD legitimately.
  wrapped-program =
    let
      drv = package { dontWrapPythonPrograms = false; };
    in
    good "wrapped-program" drv ''
      test "$(${drv}/bin/toy-say)" = 42
      test -e ${drv}/bin/.toy-say-wrapped
    '';

  format-pyproject = built {
    format = null;
    pyproject = true;
    dontUnpack = true;
    buildPhase = "mkdir dist && cp $src dist/$(stripHash $src)";
  };
  format-other = built {
    format = "other";
    dontUnpack = true;
    nativeBuildInputs = [
      hook
      pkgs.unzip
    ];
    installPhase = ''
      mkdir -p $out/${site} $out/bin
      unzip -q $src -d $out/${site}
      mv $out/${site}/toy-1.0.data/scripts/* $out/bin
      sed -i '1s|.*|#!${pkgs.python3.interpreter}|' $out/bin/toy-say
      chmod +x $out/bin/*
      rm -r $out/${site}/toy-1.0.data
    '';
    wheelAutoPatchIgnoreRecord = [ "toy-1.0.data/*" ];
  };
  plain-derivation =
    let
      drv = pkgs.stdenv.mkDerivation {
        name = "toy-unzipped";
        inherit src;
        nativeBuildInputs = [
          hook
          pkgs.unzip
        ];
        dontUnpack = true;
        installPhase = "mkdir -p $out/share && unzip -q $src -d $out/share/toy";
      };
    in
    good "plain-derivation" drv ''
      ${drv}/share/toy/toy-1.0.data/scripts/toy-tool || test $? != 127
    '';
  # Taken from a wheel without its dist-info: the wheel itself is verified.
  plain-derivation-part =
    let
      drv = pkgs.stdenv.mkDerivation {
        name = "toy-part";
        inherit src;
        nativeBuildInputs = [
          hook
          pkgs.unzip
        ];
        dontUnpack = true;
        installPhase = "mkdir -p $out/lib && unzip -qj $src 'toy.libs/*' -d $out/lib";
      };
    in
    good "plain-derivation-part" drv "";
  # Without a wheel the hook does nothing and says nothing. The build is made to fail
  # at its end for its log to be read.
  no-wheel = pkgs.testers.testBuildFailure' {
    drv = pkgs.stdenv.mkDerivation {
      name = "no-wheel";
      nativeBuildInputs = [ hook ];
      dontUnpack = true;
      installPhase = "mkdir -p $out/lib && cp ${pkgs.zlib}/lib/libz.so.1 $out/lib";
      postFixup = "test -z \"\${dontStrip-}\${dontPatchELF-}\" && echo left as set";
      postPhases = "false";
    };
    expectedBuilderLogEntries = [ "left as set" ];
    script = "! grep -iE 'wheel-?auto-?patch' $failed/testBuildFailure.log || exit 1";
  };
  record-off = built {
    postInstall = "echo >>$out/${site}/toy/__init__.py";
    wheelAutoPatchRecord = "off";
  };
  record-ignored = built {
    postInstall = "echo >>$out/${site}/toy/__init__.py";
    wheelAutoPatchIgnoreRecord = [ "toy/*.py" ];
  };
  switched-off =
    let
      drv = package {
        dontWheelAutoPatch = true;
        dontStrip = true;
        dontPatchELF = true;
      };
    in
    pkgs.runCommandCC "switched-off" { } ''
      readelf -l ${drv}/bin/toy-tool | grep -F '/lib64/ld-linux-x86-64.so.2]'
      touch $out
    '';
  # A derivation that wants strip has it; the toy survives it.
  strip-off = stripped { } "grep debug_info";
  strip-on = stripped { dontStrip = false; } "(! grep debug_info)";
  strip-on-structured = stripped {
    dontStrip = false;
    __structuredAttrs = true;
  } "(! grep debug_info)";
  sourced-twice = built {
    src = outside.needing.file;
    buildInputs = [ outside.outer ];
    preFixup = "source ${hook}/nix-support/setup-hook";
  };
  # Another hook's preFixup edits a file that RECORD lists, and was there first.
  verified-first = built {
    nativeBuildInputs = [
      (pkgs.makeSetupHook { name = "edits"; } (
        builtins.toFile "edits.sh" ''
          editInit() { echo >>$out/${site}/toy/__init__.py; }
          preFixupHooks+=(editInit)
        ''
      ))
      hook
    ];
  };

  beside-auto-patchelf = (beside pkgs.autoPatchelfHook { } (_: "")).both;
  beside-driver-runpath =
    (beside pkgs.autoAddDriverRunpath { } (drv: ''
      readelf -d ${drv}/${site}/toy/_toy.so | grep -F '[/run/opengl-driver/lib:'
    '')).both;
  beside-relax-deps =
    let
      drv = package { pythonRelaxDeps = [ "six" ]; };
    in
    good "beside-relax-deps" drv (
      works drv + "grep -x 'Requires-Dist: six' ${drv}/${site}/toy-1.0.dist-info/METADATA"
    );
  beside-imports-check =
    (beside py.pythonImportsCheckHook { pythonImportsCheck = [ "toy" ]; } (_: "")).both;

  # What the derivation says is passed on.
  variables =
    let
      drv = package {
        runtimeDependencies = [ pkgs.expat ];
        appendRunpaths = [ "$ORIGIN/added" ];
        preFixup = "addWheelAutoPatchSearchPath ${pkgs.libffi}/lib";
        wheelAutoPatchFlags = [ "--verbose" ];
      };
    in
    good "variables" drv ''
      readelf -d ${drv}/${site}/toy/_toy.so | grep -F ':$ORIGIN/added]'
      readelf -d ${drv}/bin/toy-tool | grep -F '${pkgs.expat}/lib'
    '';
  # The cure that the warning executable-stack names.
  clear-execstack =
    let
      drv = package {
        src =
          (self.toy { edit = "gcc -shared -fPIC -z execstack -o toy/stack.so ${./toy/bundled.c}"; }).file;
        wheelAutoPatchFlags = [ "--clear-execstack" ];
      };
    in
    good "clear-execstack" drv
      "readelf -lW ${drv}/${site}/toy/stack.so | grep -E 'GNU_STACK .* RW +0x'";
  # A library beside the output's own inputs, found by a folder named in the shell.
  search-path =
    let
      drv = package {
        src = (self.toy { needs = [ "${pkgs.libffi}/lib/libffi.so.8" ]; }).file;
        preFixup = "addWheelAutoPatchSearchPath ${pkgs.libffi}/lib";
      };
    in
    good "search-path" drv (works drv);
  layout-flat =
    let
      drv = package { wheelAutoPatchLayout = "flat"; };
    in
    good "layout-flat" drv (works drv + "test -e ${drv}/lib/libbundled-1a2b.so.1");

  # On Darwin RECORD is verified and no more; that it says.
  darwin-verifies = pkgs.testers.testBuildFailure' {
    drv = package {
      nativeBuildInputs = [
        (pkgs.wheelAutoPatchHook.override {
          stdenv = pkgs.stdenv // {
            targetPlatform = pkgs.stdenv.hostPlatform // {
              isLinux = false;
            };
          };
        })
      ];
      postPhases = "false";
    };
    expectedBuilderLogEntries = [
      "toy-1.0.dist-info/RECORD (installed)"
      "on this platform nothing is patched"
    ];
    script = "${pkgs.stdenv.cc.bintools}/bin/readelf -l $failed/bin/toy-tool | grep -F '/lib64/ld-linux-x86-64.so.2]'";
  };

  overlay-python-set = isTrue "overlay-python-set" (
    py.wheelAutoPatchHook.outPath == pkgs.wheelAutoPatchHook.outPath
  );
  overlay-build-python-package =
    let
      drv = (overlaid [ forAll ]).buildPythonPackage toyArgs;
    in
    good "overlay-build-python-package" drv (works drv);
  # glib, which the hook hands in, is built with a pure wheel: the overlay gives that one
  # a hook that needs no glib.
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
  overlay-names-hook-once = isTrue "overlay-names-hook-once" (
    let
      set = overlaid [ forAll ];
      count = args: hooksOf (set.buildPythonPackage (toyArgs // args));
    in
    map count [
      { }
      { nativeBuildInputs = [ hook ]; }
      { dontWheelAutoPatch = true; }
      {
        format = "other";
      }
    ] == [
      1
      1
      0
      0
    ]
    && hooksOf (set.buildPythonPackage (final: toyArgs)) == 1
    && hooksOf ((set.buildPythonPackage.override { inherit (pkgs) stdenv; }) toyArgs) == 1
  );

  # uv installs, dependencies are no inputs, autoPatchelfHook is there and would fail.
  overlay-pyproject =
    let
      set = final: {
        needs-toy = wheelOf "needing" final { toy = [ ]; } [ "${outside.outer}/lib/libouter.so.1" ];
        toy = wheelOf "toy" final { } [ ];
      };
      wheelOf =
        name: final: dependencies: needs:
        pkgs.stdenv.mkDerivation {
          pname = name;
          version = "1.0";
          src =
            (self.toy {
              inherit name needs;
              edit = if name == "toy" then "cp ${outside.outer}/lib/libouter.so.1 toy/" else "";
            }).file;
          nativeBuildInputs = [
            py.pyprojectWheelHook
            (pkgs.makeSetupHook { name = "auto-patchelf-hook"; } (
              builtins.toFile "fails.sh" "postFixupHooks+=(false)"
            ))
          ];
          passthru = {
            format = "wheel";
            inherit dependencies;
          };
        };
      final = lib.fix (lib.extends (import ../../nix/overlay-pyproject.nix pkgs) set);
      drv = final.needs-toy;
    in
    good "overlay-pyproject" drv ''
      test "$(PYTHONPATH=${drv}/${site} ${import'} 'import needing; print(needing.answer)')" = 42
      readelf -d ${drv}/${site}/needing/_toy.so | grep -F '${final.toy}/${site}/toy'
    '';

  # Moving from autoPatchelfHook changes the hook's name and nothing else.
  moved-from-auto-patchelf = ignoring {
    buildInputs = [ pkgs.zlib ];
    runtimeDependencies = [ pkgs.expat ];
    appendRunpaths = [ "$ORIGIN" ];
    wheelAutoPatchIgnoreMissingDeps = [ ];
    autoPatchelfIgnoreMissingDeps = [ "libouter.so.*" ];
    patchelfFlags = [
      "--page-size"
      "4096"
    ];
    dontAutoPatchelf = true;
  };
  # autoPatchelfIgnoreMissingDeps = true, which older derivations say.
  moved-ignoring-any = ignoring {
    wheelAutoPatchIgnoreMissingDeps = [ ];
    autoPatchelfIgnoreMissingDeps = true;
  };
}
