# What a derivation can say to the hook, and what of autoPatchelfHook's it understands:
# docs/hook.md, "Variables" and "Moving".
self:
let
  inherit (self) pkgs good package;
  inherit (import ./toy/works.nix self) built ignoring works;
  site = pkgs.python3.sitePackages;

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

  # A wheel with an object that opens a library of an input by its name.
  opening =
    args: script:
    let
      drv = package (
        {
          src =
            (self.toy {
              edit = ''
                printf 'extern void *dlopen(const char *, int);\nint opens(void) { return !!dlopen("libxcb.so.1", 2); }\n' >opens.c
                gcc -shared -fPIC -o toy/opens.so opens.c
                rm opens.c
              '';
            }).file;
          buildInputs = [ pkgs.libxcb ];
        }
        // args
      );
    in
    good "opening" drv "object=${drv}/${site}/toy/opens.so; ${script}";
in
{
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
  # What an object opens by name is found since an input has it, unless the derivation says no.
  opened-by-name = opening { } ''
    ${pkgs.python3.interpreter} -c 'import ctypes, sys; sys.exit(not ctypes.CDLL(sys.argv[1]).opens())' "$object"
  '';
  opened-by-name-not = opening {
    wheelAutoPatchDlopen = false;
  } ''readelf -d "$object" | (! grep -F ${pkgs.libxcb}/lib)'';
  opened-by-name-some = opening {
    __structuredAttrs = true;
    wheelAutoPatchDlopen = [ "libxcb-x*.so.*" ];
  } ''readelf -d "$object" | (! grep -F ${pkgs.libxcb}/lib)'';
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
