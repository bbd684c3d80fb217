# Wheels of PyPI, built with the hook and nothing else, imported or run.
self:
let
  inherit (self) pkgs good;
  inherit (pkgs) lib;
  files = import ./real-wheels.nix;
  site = pkgs.python3.sitePackages;

  wheel =
    pname: args:
    let
      file = files.${pname};
    in
    self.package (
      {
        inherit pname;
        version = builtins.elemAt (lib.splitString "-" file) 1;
        src = self.wheel file;
      }
      // args
    );
  works =
    drv: script:
    good drv.name drv ''
      export PYTHONPATH=${drv}/${site}
      ${script}
    '';
  python = text: "${pkgs.python3.interpreter} -c ${lib.escapeShellArg text}";
in
lib.mapAttrs' (name: value: { name = "wheel-${name}"; inherit value; }) {
  numpy = works (wheel "numpy" { }) (
    python "import numpy; assert (numpy.eye(9) @ numpy.eye(9)).sum() == 9; print(numpy.linalg.inv(numpy.eye(2)))"
  );
  pillow = works (wheel "pillow" { }) (
    python "from PIL import Image; import io; b = io.BytesIO(); Image.new('RGB', (9, 9)).save(b, 'JPEG'); print(len(b.getvalue()))"
  );
  ruff = works (wheel "ruff" { }) ''
    $PYTHONPATH/../../../bin/ruff --version
  '';
  psycopg2 = works (wheel "psycopg2-binary" { }) (
    python "import psycopg2; print(psycopg2.__libpq_version__)"
  );
}
