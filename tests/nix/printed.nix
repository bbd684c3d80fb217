# Expressions of `explain --format nix`, each a file as it was printed, called as its first
# line says, on the test ground.
{
  dir, # with a file for each, and calls.nix: names in a set of Python packages to calls
  wheels, # the folder of the wheels
  inputs, # attributes of Nixpkgs that they name as inputs: "a.b"
  without, # such attributes that Debian has nothing of
}:
let
  path = name: builtins.filter builtins.isString (builtins.split "\\." name);
  wheel =
    { url, hash }:
    builtins.path {
      name = baseNameOf url;
      path = /. + "${wheels}/${baseNameOf url}";
      recursive = false;
      sha256 = hash;
    };

  # What Nixpkgs has and the ground has not.
  more =
    final: prev:
    let
      inherit (builtins) foldl' listToAttrs;
      ofLicenses = builtins.filter (l: builtins.isList l) (
        builtins.split "\t([A-Za-z0-9-]+)\n" (builtins.readFile ../../internal/providers/licenses.tsv)
      );
      # The attributes of a path, beside those that are there.
      put =
        set: path: value:
        let
          name = builtins.head path;
          rest = builtins.tail path;
        in
        if set ? ${name} && (rest == [ ] || prev.lib.isDerivation set.${name}) then
          set
        else
          set // { ${name} = if rest == [ ] then value else put (set.${name} or { }) rest value; };
    in
    foldl' (set: name: put set (path name) (prev.fromDebian name)) (foldl' (
      set: name: put set (path name) (throw "Debian has no ${name}")
    ) prev without) inputs
    // {
      lib = prev.lib // {
        licenses = listToAttrs (
          map (l: {
            name = builtins.head l;
            value.shortName = builtins.head l;
          }) ofLicenses
        );
        sourceTypes.binaryNativeCode.shortName = "binaryNativeCode";
        getLicenseFromSpdxId = id: { spdxId = id; };
      };
      pkgs = final;
      fetchurl = wheel;
      # The address is that of Nixpkgs' fetchPypi.
      fetchPypi =
        {
          pname,
          version,
          format,
          dist,
          python,
          abi,
          platform,
          hash,
        }:
        assert format == "wheel";
        wheel {
          url = "https://files.pythonhosted.org/packages/${dist}/${builtins.substring 0 1 pname}/${pname}/${pname}-${version}-${python}-${abi}-${platform}.whl";
          inherit hash;
        };
      pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [
        (_: _: import (/. + "${dir}/calls.nix") final)
      ];
    };

  pkgs = import ./ground {
    overlays = [
      more
      (import ../../nix/overlay.nix)
    ];
  };
  packages = builtins.mapAttrs (name: _: pkgs.python3Packages.${name}) (
    import (/. + "${dir}/calls.nix") pkgs
  );
in
{
  inherit packages;
  # A line "NAME DRV OUT" for each. What is not of the derivation is evaluated too.
  list = builtins.concatStringsSep "\n" (
    map (
      name:
      let
        p = packages.${name};
      in
      builtins.deepSeq (p.meta or { }) "${name} ${p.drvPath} ${p.outPath}"
    ) (builtins.attrNames packages)
  );
}
