# The functions of Nixpkgs' lib that this project's own Nix files call, under the
# same names (Nixpkgs manual, "Library functions").
let
  inherit (builtins) isFunction intersectAttrs elem;
  escapeRegex = builtins.replaceStrings [ "." "+" "*" ] [ "\\." "\\+" "\\*" ];

  optionals = cond: list: if cond then list else [ ];
  fix =
    f:
    let
      x = f x;
    in
    x;
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;
  composeExtensions =
    f: g: final: prev:
    let
      first = f final prev;
    in
    first // g final (prev // first);

  functionArgs =
    f:
    if f ? __functor then
      f.__functionArgs or (functionArgs (f.__functor f))
    else
      builtins.functionArgs f;
  setFunctionArgs = f: args: {
    __functor = _: f;
    __functionArgs = args;
  };

  makeOverridable =
    f: args:
    let
      result = f args;
      again = new: makeOverridable f (args // (if isFunction new then new args else new));
    in
    if builtins.isFunction result then
      setFunctionArgs result (functionArgs result) // { override = again; }
    else if !builtins.isAttrs result then
      result
    else
      result
      // {
        override = again;
      }
      // (
        if result ? overrideAttrs then
          { overrideAttrs = g: makeOverridable (a: (f a).overrideAttrs g) args; }
        else
          { }
      );
in
{
  inherit
    optionals
    fix
    extends
    composeExtensions
    functionArgs
    setFunctionArgs
    makeOverridable
    elem
    ;
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    concatStringsSep
    filter
    foldl'
    genericClosure
    isAttrs
    isFunction
    listToAttrs
    mapAttrs
    replaceStrings
    ;
  composeManyExtensions = builtins.foldl' composeExtensions (_: _: { });
  optional = cond: one: optionals cond [ one ];
  findFirst =
    f: default: list:
    let
      found = builtins.filter f list;
    in
    if found == [ ] then default else builtins.head found;
  optionalString = cond: text: if cond then text else "";
  optionalAttrs = cond: set: if cond then set else { };
  concatMapStringsSep =
    sep: f: list:
    builtins.concatStringsSep sep (map f list);
  genAttrs =
    names: f:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = f name;
      }) names
    );
  filterAttrs =
    f: set:
    builtins.listToAttrs (
      builtins.concatMap (
        name:
        optionals (f name set.${name}) [
          {
            inherit name;
            value = set.${name};
          }
        ]
      ) (builtins.attrNames set)
    );
  unique = builtins.foldl' (seen: x: if elem x seen then seen else seen ++ [ x ]) [ ];
  mapAttrs' = f: set: builtins.listToAttrs (map (name: f name set.${name}) (builtins.attrNames set));
  attrByPath =
    path: default: set:
    builtins.foldl' (
      found: name: if found != null && found ? ${name} then found.${name} else default
    ) set path;
  splitString = sep: text: builtins.filter builtins.isString (builtins.split (escapeRegex sep) text);
  isDerivation = x: builtins.isAttrs x && x.type or null == "derivation";
  mirrorFunctionArgs = f: g: setFunctionArgs g (functionArgs f);
  getName = drv: drv.pname or (builtins.parseDrvName drv.name).name;
  getLib = drv: drv.lib or drv.out or drv;
  getDev = drv: drv.dev or drv.out or drv;
  getBin = drv: drv.bin or drv.out or drv;
  makeLibraryPath =
    list: builtins.concatStringsSep ":" (map (drv: "${drv.lib or drv.out or drv}/lib") list);
  hasSuffix =
    end: text:
    let
      n = builtins.stringLength text - builtins.stringLength end;
    in
    n >= 0 && builtins.substring n (-1) text == end;
  hasPrefix = start: text: builtins.substring 0 (builtins.stringLength start) text == start;
  removePrefix =
    start: text:
    let
      n = builtins.stringLength start;
    in
    if builtins.substring 0 n text == start then builtins.substring n (-1) text else text;
  removeSuffix =
    end: text:
    let
      n = builtins.stringLength text - builtins.stringLength end;
    in
    if n >= 0 && builtins.substring n (-1) text == end then builtins.substring 0 n text else text;
  fileContents = file: builtins.replaceStrings [ "\n" ] [ "" ] (builtins.readFile file);
  cleanSourceWith =
    {
      src,
      filter,
      name ? "source",
    }:
    {
      outPath = builtins.path {
        inherit name filter;
        path = src;
      };
    };
  escapeShellArg = text: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] (toString text)}'";
  sourceTypes.binaryNativeCode = {
    shortName = "binaryNativeCode";
    isSource = false;
  };
  getLicenseFromSpdxId = spdxId: { inherit spdxId; };
  licenses = builtins.mapAttrs (spdxId: _: { inherit spdxId; }) {
    mit = 1;
    bsd3 = 1;
    asl20 = 1;
  };
  platforms = {
    linux = [
      "x86_64-linux"
      "aarch64-linux"
    ];
    darwin = [
      "x86_64-darwin"
      "aarch64-darwin"
    ];
    unix = [
      "x86_64-linux"
      "aarch64-linux"
      "x86_64-darwin"
      "aarch64-darwin"
    ];
    all = [ "x86_64-linux" ];
  };
  callPackageWith =
    auto: file: args:
    let
      f = if isFunction file || file ? __functor then file else import file;
    in
    makeOverridable f (intersectAttrs (functionArgs f) auto // args);
}
