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
      drv = drv;
      expectedBuilderLogEntries = entries;
      # Every object that is left is one of the wheel, byte for byte.
      script = ''
        unzip -q ${drv.src} -d wheel || test $? = 1
        find wheel -type f -exec sha256sum {} + | cut -c1-64 | sort -u >known
        find $failed/result -type f | while read -r file; do
          head -c4 $file | tr -d '\0' | grep -q "^.ELF" || continue
          sha256sum $file | cut -c1-64 | grep -qxFf - known || {
            echo "$file was changed by a build that failed"
            exit 1
          }
        done
      '';
    };
  outer = pkgs.runCommand "outer" { } ''
    mkdir $out
    echo 'int outer(void) { return 1; }' >outer.c
    gcc -shared -fPIC -Wl,-soname,libouter.so.1 -o $out/libouter.so.1 outer.c
  '';
in
{
  fails-library-not-found = fails {
    src = (self.toy { needs = [ "${outer}/libouter.so.1" ]; }).file;
  } [ "library-not-found: libouter.so.1" "${site}/toy/_toy.so" "nothing was changed" ];

  # The outside library withheld: the hook without what manylinux promises.
  fails-without-manylinux = fails {
    nativeBuildInputs = [ (pkgs.wheelAutoPatchHook.override { manylinuxPackages = [ ]; }) ];
  } [ "library-not-found: libz.so.1" "hint: buildInputs = [ zlib ];" "wheelAutoPatchIgnoreMissingDeps" ];

  fails-changed-file = fails {
    postInstall = "sed -i s/answer/Answer/ $out/${site}/toy/__init__.py";
  } [ "record-hash-mismatch" "toy/__init__.py" ];

  fails-missing-file = fails {
    postInstall = "rm $out/${site}/toy/__init__.py";
  } [ "record-missing-file" "toy/__init__.py" ];

  fails-tampered-wheel = fails {
    src = (self.toy { }).tampered;
  } [ "record-hash-mismatch" "toy/__init__.py" ];
}
