# tests/wheels/wheels.tsv as { FILE = SHA256; }.
let
  lines = builtins.filter builtins.isString (
    builtins.split "\n" (builtins.readFile ../wheels/wheels.tsv)
  );
  cells = line: builtins.filter builtins.isString (builtins.split "\t" line);
  rows = builtins.filter (
    row: builtins.length row > 4 && builtins.stringLength (builtins.elemAt row 3) == 64
  ) (map cells lines);
in
builtins.listToAttrs (
  map (row: {
    name = builtins.elemAt row 2;
    value = builtins.elemAt row 3;
  }) rows
)
