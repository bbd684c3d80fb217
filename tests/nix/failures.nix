# Builds that must fail, each with the lines that its log must hold, and without one
# ELF file changed.
self:
let
  inherit (self) pkgs package;
  inherit (pkgs) lib;
  site = pkgs.python3.sitePackages;

  fails =
    args: entries:
    let
      drv = package args;
    in
    pkgs.testers.testBuildFailure' {
      inherit drv;
      expectedBuilderLogEntries = entries;
      # Every object that is left is one of the wheel, byte for byte; no word of success.
      script = ''
        ! grep "the loader confirms" $failed/testBuildFailure.log || exit 1
        ${pkgs.unzip}/bin/unzip -q ${drv.src} -d wheel || test $? = 1
        find wheel -type f -exec sha256sum {} + | cut -c1-64 | sort -u >known
        find $failed -type f | while read -r file; do
          head -c4 $file | tr -d '\0' | grep -q "^.ELF" || continue
          sha256sum $file | cut -c1-64 | grep -qxFf - known || {
            echo "$file was changed by a build that failed"
            exit 1
          }
        done
      '';
    }
    // {
      expects = entries;
    };
  failsOn = code: fails { src = (self.toy { }).tampered code; };

  inherit (import ./toy/outer.nix self) needing older;

  # Read and refused before anything was installed from them.
  unread =
    code: entries:
    fails {
      src = (self.toy { }).tampered code;
      installPhase = "mkdir $out && touch $out/empty";
    } entries;
in
{
  fails-library-not-found = fails { src = needing.file; } [
    "library-not-found: libouter.so.1"
    "${site}/toy/use.so"
    "nothing was changed"
    # What Nix shows as the phase while it runs.
    ''@nix { "action": "setPhase", "phase": "wheelAutoPatch" }''
  ];

  # The outside library withheld: the hook without what manylinux promises.
  fails-without-manylinux =
    fails
      {
        nativeBuildInputs = [ (pkgs.wheelAutoPatchHook.override { manylinuxPackages = [ ]; }) ];
      }
      [
        "library-not-found: libz.so.1"
        "hint: buildInputs = [ zlib ];"
        ''wheelAutoPatchIgnoreMissingDeps = [ "libz.so.1" ];''
      ];

  fails-version-not-found =
    fails
      {
        src = needing.file;
        buildInputs = [ older ];
      }
      [
        "version-not-found"
        "OUTER_2"
        "libouter.so.1"
      ];

  # What the derivation changes before the hook and does not say.
  fails-changed-file =
    fails
      {
        postInstall = "sed -i s/answer/Answer/ $out/${site}/toy/__init__.py";
      }
      [
        "record-hash-mismatch"
        ''wheelAutoPatchIgnoreRecord = [ "toy/__init__.py" ];''
      ];
  fails-missing-file =
    fails
      {
        postInstall = "rm $out/${site}/toy/__init__.py";
      }
      [
        "record-missing-file"
        "toy/__init__.py"
      ];

  # A wheel that is not what its RECORD says.
  fails-tampered-wheel = failsOn ''entries["toy/__init__.py"] += b"#"'' [
    "record-hash-mismatch: toy/__init__.py"
  ];
  fails-wrong-size = failsOn ''record = record.replace(",28\n", ",29\n")'' [ "record-size-mismatch" ];
  fails-unlisted-file = failsOn ''entries["toy/more.py"] = b"more = 1"'' [
    "record-unlisted-file: toy/more.py"
  ];
  fails-duplicate-row = failsOn ''record += record.splitlines()[0] + "0\n"'' [
    "record-duplicate-row"
  ];
  fails-weak-hash =
    failsOn
      ''
        import base64, hashlib
        md5 = base64.urlsafe_b64encode(hashlib.md5(entries["toy/__init__.py"]).digest()).rstrip(b"=").decode()
        record = "\n".join(
            f"toy/__init__.py,md5={md5},28" if row.startswith("toy/__init__.py,") else row
            for row in record.splitlines())
      ''
      [
        "record-weak-hash"
        "toy/__init__.py"
      ];
  fails-outside-output =
    unread
      ''record += "../../../../../../etc/passwd,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"''
      [
        "record-outside-output"
      ];
  fails-malformed-record = unread ''record += "a,b,c,d,e\n"'' [ "record-malformed" ];
  fails-no-record = unread "del entries[path]" [ "record-absent" ];
  fails-unsafe-archive = unread ''entries["../../evil.py"] = b""'' [ "archive-unsafe-path" ];

  # Bytes before the first member: Python's zipfile, and so the installer, is content.
  fails-damaged-archive =
    fails
      {
        src = (self.toy { }).tampered ''whole = lambda data: b"MZ" + data'';
      }
      [
        "archive-damaged"
        "toy-1.0-"
      ];
  fails-malformed-wheel = unread ''del entries[path.replace("RECORD", "METADATA")]'' [
    "wheel-malformed"
    "METADATA"
  ];

  # Objects that cannot be made to work.
  fails-wrong-python =
    fails
      {
        src = (self.toy { edit = "mv toy/_toy.so toy/_toy.cpython-37m-x86_64-linux-gnu.so"; }).file;
      }
      [
        "error: wrong-python: 1 extension module for CPython 3.7, but ${site} is for CPython"
        "python37Packages"
        "wheelAutoPatchAnyPython = true;"
      ];
  fails-wrong-architecture = fails { src = self.wheel self.realWheels.pyzmq-aarch64; } [
    "wrong-architecture"
  ];
  fails-wrong-libc = fails { src = self.wheel self.realWheels.pillow-musl; } [ "wrong-libc" ];
  fails-damaged-object =
    fails
      {
        src = (self.toy { edit = "head -c 5000 toy/_toy.so >toy/cut.so"; }).file;
      }
      [
        "object-damaged"
        "toy/cut.so"
      ];
  # strip, which the hook switches off, damages numpy's own OpenBLAS (fact of 2.40).
  fails-strip-damage =
    self.failsAlone
      {
        pname = "numpy";
        src = self.wheel self.realWheels.numpy;
        dontStrip = false;
      }
      [
        "object-damaged"
        "libscipy_openblas64_-"
        "dontStrip = true;"
        "nothing was changed"
      ];
  fails-flat-conflict =
    fails
      {
        src =
          (self.toy {
            edit = "mkdir other.libs; gcc -shared -fPIC -Wl,-soname,libbundled-1a2b.so.1 -o other.libs/libbundled-1a2b.so.1 ${./toy/bundled.c} -DX -g";
          }).file;
        wheelAutoPatchLayout = "flat";
      }
      [
        "soname-conflict"
        "libbundled-1a2b.so.1"
      ];
  fails-patchelf = fails { patchelfFlags = [ "--no-such-flag" ]; } [
    "patchelf-failed"
    "--no-such-flag"
    "nothing was changed"
  ];

  # The loader refuses what reads well: a library that asks for more memory than
  # there are addresses.
  fails-loader-disagrees =
    fails
      {
        src =
          (self.toy {
            edit = ''
              echo 'char big[1ul << 47];' >big.c
              gcc -shared -fPIC -o toy/big.so big.c
            '';
          }).file;
      }
      [
        "error: loader-disagrees: "
        "${site}/toy/big.so: "
      ];

  # Code that the loader would run while it is only asked what it would load.
  fails-audit-module =
    fails
      {
        src =
          (self.toy {
            edit = ''
              echo 'int main(void) { return 0; }' >main.c
              gcc -o toy/tool main.c -Wl,--audit=libaudit.so
            '';
          }).file;
      }
      [
        "error: audit-module: "
        "${site}/toy/tool: "
      ];

  # A program that would start with the wheel's libc.so.6 and another's loader.
  fails-bundled-libc =
    fails
      {
        src =
          (self.toy {
            edit = ''
              echo 'int nothing;' >libc.c
              gcc -shared -fPIC -nostdlib -Wl,-soname,libc.so.6 -o toy/libc.so.6 libc.c
              echo 'extern int nothing; int main(void) { return nothing; }' >tool.c
              gcc -nostdlib -Wl,-e,main -o toy/tool tool.c toy/libc.so.6 '-Wl,-rpath,$ORIGIN'
            '';
          }).file;
      }
      [
        "error: bundled-libc: "
        "${site}/toy/libc.so.6: "
      ];
}
