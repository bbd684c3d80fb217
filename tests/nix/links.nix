# The layouts link and auto: what is built is byte for byte the publisher's, and works by
# itself, where several packages are merged into one environment, and where each file is a
# link.
self:
let
  inherit (self) pkgs good package;
  inherit (pkgs) lib;
  inherit (import ./toy/works.nix self) works;
  python = pkgs.python3;
  site = python.sitePackages;

  # Two distributions that share a namespace package.
  wheel = import ./toy/twin.nix { inherit (self) pkgs toy; };
  linked =
    name: args:
    package (
      {
        pname = name;
        src = (wheel name).file;
        wheelAutoPatchLayout = "link";
        nativeBuildInputs = [ pkgs.wheelAutoPatchHook ];
      }
      // args
    );
  toy = linked "toy" { };
  twin = linked "twin" { };

  # The builder of nix-env and `nix profile`, which is a part of Nix.
  environment = derivation {
    name = "linked-environment";
    system = "builtin";
    builder = "builtin:buildenv";
    manifest = "/nothing";
    derivations =
      map
        (drv: [
          "true"
          5
          1
          "${drv}"
        ])
        [
          toy
          twin
        ];
  };
  imports = site: ''
    test "$(PYTHONPATH=${site} ${python.interpreter} -c 'import toy, twin; print(toy.answer + twin.answer)')" = 84
    for name in toy twin; do
      PYTHONPATH=${site} ${python.interpreter} -c "import shared.$name"
    done
  '';
in
{
  # No object of the package is edited; libz is linked where it searches, in RECORD too. In
  # the folder that both share nothing is placed.
  link = good "link" toy (
    works toy
    + ''
      ${python.interpreter} -m zipfile -e ${(wheel "toy").file} wheel
      cmp wheel/toy/_toy.so ${toy}/${site}/toy/_toy.so
      cmp wheel/toy.libs/libbundled-1a2b.so.1 ${toy}/${site}/toy.libs/libbundled-1a2b.so.1
      test "$(readlink -f ${toy}/${site}/toy.libs/libz.so.1)" = "$(readlink -f ${pkgs.zlib}/lib/libz.so.1)"
      grep '^toy.libs/libz.so.1,sha256=' ${toy}/${site}/toy-1.0.dist-info/RECORD
      test ! -e ${toy}/${site}/shared/libz.so.1
      readelf -d ${toy}/${site}/shared/toy.so | grep -F ${pkgs.zlib}/lib
    ''
  );
  link-structured = good "link-structured" (linked "toy" { __structuredAttrs = true; }) "";
  # The default edits what is small.
  link-auto =
    let
      drv = linked "toy" { wheelAutoPatchLayout = null; };
    in
    good "link-auto" drv "test -z \"$(find ${drv}/${site} -type l)\"";

  # Merged by Nix.
  link-environment = pkgs.runCommandCC "link-environment" { } ''
    ${imports "${environment}/${site}"}
    touch $out
  '';
  # As pyproject.nix merges: a folder that one package has is a link, what several have is a
  # folder of links; two of one name are refused.
  link-merged = pkgs.runCommandCC "link-merged" { } ''
    ${python.interpreter} ${./toy/merge.py} env ${toy} ${twin}
    test -L env/${site}/toy.libs && test ! -L env/${site}/shared
    ${imports "env/${site}"}
    touch $out
  '';
  # A virtual environment in which each file is a link.
  link-venv = pkgs.runCommandCC "link-venv" { } ''
    ${python.interpreter} -m venv --without-pip venv
    for drv in ${toy} ${twin}; do cp -rs --no-preserve=mode $drv/${site}/. venv/${site}/; done
    test -L venv/${site}/toy/_toy.so && test ! -L venv/${site}/toy.libs
    venv/bin/python -c 'import toy, twin, shared.toy, shared.twin; assert toy.answer + twin.answer == 84'
    touch $out
  '';
}
