# The hook on a wheel of our own: every kind of derivation that can have it.
self:
let
  inherit (self) pkgs good package;
  inherit (pkgs) lib;
  inherit (import ./toy/works.nix self)
    built
    ignoring
    outside
    works
    ;
  hook = pkgs.wheelAutoPatchHook;
  src = (self.toy { }).file;
  site = pkgs.python3.sitePackages;

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
in
{
  # A wheel true to its manylinux tag needs the hook and nothing else.
  hook-alone = built { pythonImportsCheck = [ "toy" ]; };
  # The one without X11, GL and glib: nothing of these is in its closure.
  hook-no-gui =
    let
      drv = package { nativeBuildInputs = [ pkgs.wheelAutoPatchNoGuiHook ]; };
    in
    good "hook-no-gui" drv (
      works drv
      + ''
        grep -F ${lib.getLib pkgs.glib} ${hook}/nix-support/setup-hook >/dev/null
        ! grep -E 'glib-|libX11|libGL' ${pkgs.wheelAutoPatchNoGuiHook}/nix-support/setup-hook
      ''
    );
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
  # As the manual says to split outputs.
  outputs-moveToOutput =
    let
      drv = package {
        outputs = [
          "out"
          "tools"
        ];
        postInstall = "moveToOutput bin \"$tools\"";
      };
    in
    good "outputs-moveToOutput" drv ''
      ${drv.tools}/bin/toy-tool
      test ! -e ${drv}/bin
    '';
  # The output debug holds what was split off, and is neither patched nor in RECORD. The
  # objects keep theirs, since nothing is stripped.
  separate-debug-info =
    let
      drv = package {
        separateDebugInfo = true;
        __structuredAttrs = true; # or it is refused where references are limited, too
        src =
          (self.toy { edit = "gcc -g -shared -fPIC -Wl,--build-id=sha1 -o toy/debug.so ${./toy/bundled.c}"; })
          .file;
      };
    in
    good "separate-debug-info" drv (
      works drv
      + ''
        find ${drv.debug}/lib/debug/.build-id -name '*.debug' | grep .
        readelf -SW ${drv}/${site}/toy/debug.so | grep debug_info
      ''
    );
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
    dontCheckRuntimeDeps = true; # it names six
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
}
