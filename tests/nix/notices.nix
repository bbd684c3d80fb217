# Builds that go on to the end, each with the lines that its log must hold: notices
# and warnings.
self:
let
  inherit (self) pkgs;
  site = pkgs.python3.sitePackages;

  # A wheel whose code opens libraries by their names, from Python and from C.
  opening = self.toy {
    edit = ''
      printf 'extern void *dlopen(const char *, int);\nvoid start(void) { dlopen("libpulse.so.0", 2); }\n' >opens.c
      gcc -shared -fPIC -o toy/opens.so opens.c
      rm opens.c
      printf '%s\n' 'import ctypes, os' 'try:' '    ctypes.CDLL("libportaudio.so.2")' 'except OSError: pass' \
        'ctypes.CDLL(os.path.join(os.path.dirname(__file__), "opens.so")).start()' >toy/sound.py
    '';
  };

  # It is made to fail after all else, for its log to be read.
  says =
    args: entries: self.failsAlone ({ postPhases = "false"; } // args) (entries ++ [ "rewrote " ]);
in
{
  # The derivation's own word on how RECORD counts.
  says-record-warn = says {
    postInstall = "echo >>$out/${site}/toy/__init__.py";
    wheelAutoPatchRecord = "warn";
  } [ "warning: record-hash-mismatch" ];

  # gmsh's tool writes digests in another alphabet; they are compared nonetheless.
  says-hex-digest = says {
    src = (self.toy { }).tampered ''
      import base64, re
      record = re.sub(r"sha256=([\w-]+)", lambda m: "sha256=" + base64.urlsafe_b64decode(m[1] + "=").hex(), record)
    '';
  } [ "notice: record-hex-digest: toy-1.0.dist-info/RECORD" ];

  # catboost's writes them with the padding of base64.
  says-padded-digest = says {
    src = (self.toy { }).tampered ''
      import re
      record = re.sub(r"(sha256=[\w-]+)", r"\1=", record)
    '';
  } [ "notice: record-padded-digest: toy-1.0.dist-info/RECORD" ];

  # Without the wheel the RECORD of an installer that computes it anew proves nothing.
  says-record-unproven = says {
    preFixup = ''
      find dist "$dist" -name '*.whl' -delete || true
      src= srcs=
    '';
  } [ "notice: record-unproven: " ];
  # It cannot be asked of a file whose name has a blank.
  says-loader-not-run =
    says
      {
        src = (self.toy { edit = "cp toy/_toy.so 'toy/a toy.so'"; }).file;
      }
      [
        "notice: loader-not-run: ld.so could not be asked about 1 object: it was resolved"
        "toy/a toy.so"
      ];

  # Its only module is for a Python that is not this one.
  says-any-python =
    says
      {
        src = (self.toy { edit = "mv toy/_toy.so toy/_toy.cpython-37m-x86_64-linux-gnu.so"; }).file;
        wheelAutoPatchAnyPython = true;
      }
      [
        "notice: wrong-python: 1 extension module for CPython 3.7, but ${site} is for CPython"
      ];

  # Code that asks for a library by its name goes on without it, and its notice says what
  # to write. It runs in installCheckPhase, or after it where there is none.
  says-library-opened-by-name =
    says
      {
        src = opening.file;
        wheelAutoPatchTrace = "import toy.sound";
      }
      [
        "notice: library-opened-by-name: libportaudio.so.2"
        "${site}/toy/sound.py:3, by ctypes"
        "notice: library-opened-by-name: libpulse.so.0"
        "${site}/toy/opens.so"
        "hint: buildInputs = [ libpulseaudio ];"
        "hint:   substituteInPlace $out/\${python.sitePackages}/toy/sound.py"
        ''--replace-fail 'ctypes.CDLL("libportaudio.so.2")' 'ctypes.CDLL("''${lib.getLib portaudio}/lib/libportaudio.so.2")''
        ''hint: wheelAutoPatchIgnoreRecord = [ "toy/sound.py" ];''
      ];
  says-library-opened-by-name-structured =
    says
      {
        src = opening.file;
        __structuredAttrs = true;
        doInstallCheck = true;
        installCheckPhase = "runHook preInstallCheck; echo before; runHook postInstallCheck; echo after";
        wheelAutoPatchTrace = "import toy.sound";
      }
      [
        "notice: library-opened-by-name: libportaudio.so.2"
      ];
  # The code's own failure fails the build.
  fails-trace =
    self.failsAlone
      {
        src = opening.file;
        wheelAutoPatchTrace = "import toy.sound, toy.absent";
      }
      [
        "ModuleNotFoundError: No module named 'toy.absent'"
        "notice: library-opened-by-name: libportaudio.so.2"
        "wheel-auto-patch: python3.11 ended with status 1"
      ];

  says-executable-stack =
    says
      {
        src =
          (self.toy { edit = "gcc -shared -fPIC -z execstack -o toy/stack.so ${./toy/bundled.c}"; }).file;
      }
      [
        "warning: executable-stack: ${site}/toy/stack.so"
        ''hint: wheelAutoPatchFlags = [ "--clear-execstack" ];''
      ];
  says-impure-runpath =
    says
      {
        src =
          (self.toy {
            edit = "gcc -shared -fPIC -Wl,-rpath,/usr/local/lib -o toy/impure.so ${./toy/bundled.c}";
          }).file;
      }
      [
        "notice: impure-runpath: ${site}/toy/impure.so"
        ''"/usr/local/lib"''
      ];
  says-ignore-unused =
    says
      {
        wheelAutoPatchIgnoreMissingDeps = [ "libnever.so.*" ];
        wheelAutoPatchIgnoreRecord = [ "never/*" ];
      }
      [
        "warning: ignore-unused"
        "libnever.so.*"
        ''the RECORD glob "never/*" matched no file''
      ];
  says-patchelf-version = says {
    nativeBuildInputs = [ (pkgs.wheelAutoPatchHook.override { patchelf = pkgs.patchelf_0_17; }) ];
  } [ "warning: patchelf-version: patchelf 0.17.2 " ];
}
